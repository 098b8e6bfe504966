package assistantextension

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/action/alertmanager"
	actiondesk "github.com/braidotel/braid/internal/action/desk"
	"github.com/braidotel/braid/internal/action/kubernetes"
	"github.com/braidotel/braid/internal/action/webhook"
	"github.com/braidotel/braid/internal/action/wire"
	"github.com/braidotel/braid/internal/query"
)

// ActionsConfig says what may be proposed and, once people have approved it, done. Without kubernetes, webhooks or
// alertmanager there is nothing to do and every proposal is refused.
type ActionsConfig struct {
	// Mode of environments and actions that say nothing else: review, or read_only to refuse proposals. Default review.
	Mode string `mapstructure:"mode"`
	// Expiry is how long a proposal can be approved and its execution begun, 1m to 24h. Default 10m.
	Expiry time.Duration `mapstructure:"expiry"`
	// Observe is how long after an execution its effect on the service's signals is looked at. Default 5m.
	Observe time.Duration `mapstructure:"observe"`
	// TwoApprovers are actions that need two people everywhere. Default none.
	TwoApprovers []string `mapstructure:"two_approvers"`
	// Limits bound actions, whoever approves.
	Limits ActionLimitsConfig `mapstructure:"limits"`
	// Environments, by name, are stricter or laxer. Default none.
	Environments map[string]EnvironmentConfig `mapstructure:"environments"`
	// Services are all that actions may concern. Default none.
	Services []ServiceConfig `mapstructure:"services"`
	// Kubernetes scales, restarts and rolls back workloads. Default none.
	Kubernetes configoptional.Optional[KubernetesConfig] `mapstructure:"kubernetes"`
	// Webhooks are the organisation's own automation. Default none.
	Webhooks []WebhookConfig `mapstructure:"webhooks"`
	// EndSession names what ends user sessions.
	EndSession EndSessionConfig `mapstructure:"end_session"`
	// Alertmanager is where alerts are silenced. Default none.
	Alertmanager configoptional.Optional[AlertmanagerConfig] `mapstructure:"alertmanager"`
}

// ActionLimitsConfig bounds actions.
type ActionLimitsConfig struct {
	// Replicas is the most a workload is scaled to. Default 50.
	Replicas int `mapstructure:"replicas"`
	// Factor is the most replicas are multiplied by at once. Default 3.
	Factor float64 `mapstructure:"factor"`
	// Silence is the longest that alerts are silenced. Default 24h.
	Silence time.Duration `mapstructure:"silence"`
}

// EnvironmentConfig is the policy of one environment.
type EnvironmentConfig struct {
	// Mode is review or read_only. Default actions::mode.
	Mode string `mapstructure:"mode"`
	// Modes are read_only, review or autonomous, by action. Default none.
	Modes map[string]string `mapstructure:"modes"`
	// TwoApprovers are actions that need two people here. Default none.
	TwoApprovers []string `mapstructure:"two_approvers"`
}

// ServiceConfig is a service that actions may concern.
type ServiceConfig struct {
	// Name is its service.name. Required.
	Name string `mapstructure:"name"`
	// Aliases are what people call it. Default none.
	Aliases []string `mapstructure:"aliases"`
	// Tenant is whose it is. Default the deployment's only one.
	Tenant string `mapstructure:"tenant"`
	// Environment is where it runs, one of actions::environments or any other name. Default none.
	Environment string `mapstructure:"environment"`
	// Namespace, Type and Workload name what runs it in Kubernetes; Type is Deployment (default) or StatefulSet.
	Namespace string `mapstructure:"namespace"`
	Type      string `mapstructure:"type"`
	Workload  string `mapstructure:"workload"`
	// Container is the one whose image is rolled back. Default the only one.
	Container string `mapstructure:"container"`
}

// KubernetesConfig says which cluster, and as whom.
type KubernetesConfig struct {
	// Kubeconfig is a file. Default: the service account of the collector's pod.
	Kubeconfig string `mapstructure:"kubeconfig"`
	// Context is one of the file's. Default its current one.
	Context string `mapstructure:"context"`
	// Timeout ends a request to the cluster. Default 10s.
	Timeout time.Duration `mapstructure:"timeout"`
}

// WebhookConfig is one webhook.
type WebhookConfig struct {
	// Name is what people call it. Required.
	Name string `mapstructure:"name"`
	// URL is https, or http on this machine. Required.
	URL string `mapstructure:"url"`
	// Secret signs what is sent, at least 24 bytes. Required.
	Secret configopaque.String `mapstructure:"secret"`
	// Tenant is whose it is. Default the deployment's only one.
	Tenant string `mapstructure:"tenant"`
	// Timeout ends a call. Default 10s.
	Timeout time.Duration `mapstructure:"timeout"`
}

// EndSessionConfig says what ends user sessions: only the application itself knows how.
type EndSessionConfig struct {
	// Webhook is the name of one of actions::webhooks. Default none.
	Webhook string `mapstructure:"webhook"`
}

// AlertmanagerConfig says where alerts are silenced.
type AlertmanagerConfig struct {
	// Endpoint is an Alertmanager, or the silences of an llm_summary exporter. Required.
	Endpoint string `mapstructure:"endpoint"`
	// Label of alerts holds the service. Default service.
	Label string `mapstructure:"label"`
	// TenantLabel of alerts holds the tenant. Default tenant.
	TenantLabel string `mapstructure:"tenant_label"`
	// Token is sent as a bearer token. Default none.
	Token configopaque.String `mapstructure:"token"`
	// Timeout ends a request. Default 10s.
	Timeout time.Duration `mapstructure:"timeout"`
}

func defaultActions() ActionsConfig {
	limits := action.DefaultLimits()
	return ActionsConfig{
		Mode: string(action.Review), Expiry: action.DefaultExpiry, Observe: 5 * time.Minute,
		Limits:       ActionLimitsConfig{Replicas: limits.Replicas, Factor: limits.Factor, Silence: limits.Silence},
		Kubernetes:   configoptional.Default(KubernetesConfig{Timeout: wire.DefaultTimeout}),
		Alertmanager: configoptional.Default(AlertmanagerConfig{Label: "service", TenantLabel: "tenant", Timeout: wire.DefaultTimeout}),
	}
}

// policy is the configured one.
func (a *ActionsConfig) policy() action.Policy {
	p := action.Policy{
		Mode: action.Mode(a.Mode), Expiry: a.Expiry, TwoApprovers: kinds(a.TwoApprovers), Environments: map[string]action.Environment{},
		Limits: action.Limits{Replicas: a.Limits.Replicas, Factor: a.Limits.Factor, Silence: a.Limits.Silence},
	}
	for name, e := range a.Environments {
		made := action.Environment{Mode: action.Mode(e.Mode), Modes: map[action.Kind]action.Mode{}, TwoApprovers: kinds(e.TwoApprovers)}
		for kind, mode := range e.Modes {
			made.Modes[action.Kind(kind)] = action.Mode(mode)
		}
		p.Environments[name] = made
	}
	return p
}

func kinds(names []string) []action.Kind {
	out := make([]action.Kind, 0, len(names))
	for _, name := range names {
		out = append(out, action.Kind(name))
	}
	return out
}

func (s *ServiceConfig) service() action.Service {
	out := action.Service{Name: s.Name, Aliases: s.Aliases, Tenant: s.Tenant, Environment: s.Environment, Container: s.Container}
	if s.Workload != "" {
		out.Workload = action.Workload{Namespace: s.Namespace, Type: s.Type, Name: s.Workload}
		if s.Type == "" {
			out.Workload.Type = action.Deployment
		}
	}
	return out
}

func (a *ActionsConfig) validate() error {
	policy := a.policy()
	errs := []error{prefixed("actions", policy.Validate()), a.validateServices(), a.validateWebhooks()}
	if a.Observe < time.Second {
		errs = append(errs, fmt.Errorf("actions::observe: must be at least 1s, is %s", a.Observe))
	}
	if am := a.Alertmanager.Get(); am != nil {
		if err := wire.CheckURL(am.Endpoint); err != nil {
			errs = append(errs, fmt.Errorf("actions::alertmanager::endpoint: %q %w", am.Endpoint, err))
		}
		if am.Label == "" || am.TenantLabel == "" {
			errs = append(errs, errors.New("actions::alertmanager: label and tenant_label must not be empty"))
		}
	}
	return errors.Join(errs...)
}

func (a *ActionsConfig) validateServices() error {
	var errs []error
	seen := map[[2]string]bool{}
	for i := range a.Services {
		s := &a.Services[i]
		at := fmt.Sprintf("actions::services::%d", i)
		switch key := [2]string{s.Tenant, s.Name}; {
		case s.Name == "" || action.Clean(s.Name) != s.Name:
			errs = append(errs, fmt.Errorf("%s::name: %q is no name of a service", at, s.Name))
		case seen[key]:
			errs = append(errs, fmt.Errorf("%s::name: %q is there twice", at, s.Name))
		default:
			seen[key] = true
		}
		if w := s.service().Workload; w != (action.Workload{}) {
			errs = append(errs, prefixed(at, w.Check()))
		}
	}
	return errors.Join(errs...)
}

var webhookName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

func (a *ActionsConfig) validateWebhooks() error {
	var errs []error
	seen := map[string]bool{}
	for i := range a.Webhooks {
		w := &a.Webhooks[i]
		at := fmt.Sprintf("actions::webhooks::%d", i)
		if !webhookName.MatchString(w.Name) {
			errs = append(errs, fmt.Errorf("%s::name: %q is not 1 to 40 lower case letters, digits and hyphens", at, w.Name))
		} else if seen[w.Name] {
			errs = append(errs, fmt.Errorf("%s::name: %q is that of another webhook", at, w.Name))
		}
		seen[w.Name] = true
		if err := wire.CheckURL(w.URL); err != nil {
			errs = append(errs, fmt.Errorf("%s::url: %w", at, err))
		}
		if len(w.Secret) < webhook.MinSecret {
			errs = append(errs, fmt.Errorf("%s::secret: has %d bytes; at least %d sign", at, len(w.Secret), webhook.MinSecret))
		}
	}
	if name := a.EndSession.Webhook; name != "" && !seen[name] {
		errs = append(errs, fmt.Errorf("actions::end_session::webhook: %q is none of actions::webhooks", name))
	}
	return errors.Join(errs...)
}

func prefixed(at string, err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, e := range joined.Unwrap() {
			errs = append(errs, prefixed(at, e))
		}
		return errors.Join(errs...)
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s::%w", at, err)
}

// desk is what proposals and decisions go through.
func (a *ActionsConfig) desk() (actiondesk.Options, error) {
	o := actiondesk.Options{Policy: a.policy(), Observe: a.Observe, Executors: map[action.Kind]action.Executor{}}
	for i := range a.Services {
		o.Services = append(o.Services, a.Services[i].service())
	}
	if k := a.Kubernetes.Get(); k != nil {
		e, err := kubernetes.Connect(kubernetes.Cluster{Kubeconfig: k.Kubeconfig, Context: k.Context, Timeout: k.Timeout})
		if err != nil {
			return o, fmt.Errorf("actions::kubernetes::%w", err)
		}
		o.Executors[action.ScaleWorkload], o.Executors[action.RestartWorkload], o.Executors[action.RollBack] = e, e, e
	}
	if len(a.Webhooks) > 0 {
		hooks := make([]webhook.Hook, 0, len(a.Webhooks))
		for _, w := range a.Webhooks {
			hooks = append(hooks, webhook.Hook{Name: w.Name, URL: w.URL, Tenant: w.Tenant, Secret: []byte(w.Secret), Timeout: w.Timeout})
		}
		e, err := webhook.New(hooks, a.EndSession.Webhook, time.Now)
		if err != nil {
			return o, fmt.Errorf("actions: %w", err)
		}
		o.Executors[action.CallWebhook] = e
		if a.EndSession.Webhook != "" {
			o.Executors[action.EndSession] = e
		}
	}
	if am := a.Alertmanager.Get(); am != nil {
		e, err := alertmanager.New(alertmanager.Settings{
			Endpoint: am.Endpoint, Label: am.Label, TenantLabel: am.TenantLabel, Token: string(am.Token), Timeout: am.Timeout,
		}, time.Now)
		if err != nil {
			return o, fmt.Errorf("actions::alertmanager::%w", err)
		}
		o.Executors[action.SilenceAlerts] = e
	}
	return o, nil
}

// actor is what executes approved actions and proposes for incidents.
type actor interface {
	Work(ctx context.Context) error
	Suggest(ctx context.Context) (int, error)
	Due() <-chan struct{}
}

var _ actor = (*query.Engine)(nil)

var _ action.Chronicle = (*assistant)(nil)

// chronicle is what has become of actions, for the assistant receiver; nil before Start, and where nothing is kept.
func (a *assistant) chronicle() action.Chronicle {
	if c, ok := a.service.(interface{ Chronicle() action.Chronicle }); ok {
		return c.Chronicle()
	}
	return nil
}

// Happenings implements action.Chronicle.
func (a *assistant) Happenings(ctx context.Context, after time.Time) ([]action.Happening, error) {
	if c := a.chronicle(); c != nil {
		return c.Happenings(ctx, after)
	}
	return nil, nil
}

// Changed implements action.Chronicle.
func (a *assistant) Changed() <-chan struct{} {
	if c := a.chronicle(); c != nil {
		return c.Changed()
	}
	return nil
}

// actEvery is how often is looked whether something is due that nobody told of.
const actEvery = 10 * time.Second

// act executes, follows up and proposes until the context ends. What is being executed then is written down first.
func (a *assistant) act(ctx context.Context, w actor) {
	ticker := time.NewTicker(actEvery)
	defer ticker.Stop()
	for {
		if err := w.Work(ctx); err != nil && ctx.Err() == nil {
			a.set.Logger.Warn("Actions were not seen to; they are looked at again", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-w.Due():
		case <-ticker.C:
			if n, err := w.Suggest(ctx); err != nil && ctx.Err() == nil {
				a.set.Logger.Warn("An incident's action was not proposed", zap.Error(err))
			} else if n > 0 {
				a.set.Logger.Info("Incidents propose actions", zap.Int("proposals", n))
			}
		}
	}
}
