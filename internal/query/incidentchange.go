package query

import (
	"cmp"
	"context"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/rca"
)

// What braid.incident events say of the change that is to blame.
const (
	changeKind      = "braid.incident.change.kind" // commit, deployment, flag, external or none
	changeRevision  = "braid.incident.change.revision"
	changeService   = "braid.incident.change.service"
	changeVersion   = "braid.incident.change.version"
	changeFlag      = "braid.incident.change.flag"
	changeMechanism = "braid.incident.change.mechanism"
	incidentHit     = "braid.incident.affected" // services dragged down
)

// Kinds of what an incident is laid to.
const (
	laidToCommit   = "commit"
	laidToDeploy   = "deployment"
	laidToFlag     = "flag"
	laidToExternal = "external"
)

// spoken is the catalogue's language for the reader.
func (in *inquiry) spoken() incident.Language {
	if in.lang == wording.Korean {
		return incident.Korean
	}
	return incident.English
}

// cause names what an incident is laid to in the reader's language.
func (in *inquiry) cause(e *history.Event) string {
	a := attributes(e.Attributes)
	service, kind := a.text(incidentService), a.text(incidentKind)
	if in.lang != wording.Korean || service == "" || kind == "" {
		return cause(e)
	}
	return wording.Name(incident.Ails(service, rca.Cause(kind), incident.Korean))
}

// about is what an incident is called in the reader's language.
func (in *inquiry) about(e *history.Event) string {
	if in.lang == wording.Korean {
		if c := in.cause(e); c != cause(e) {
			return c
		}
	}
	return cmp.Or(e.Title, cause(e))
}

// counsel is what to check and what to do about an incident: what the catalogue says of its kind of cause in the reader's
// language, else what the event says.
func (in *inquiry) counsel(e *history.Event) (checks, actions []string) {
	a := attributes(e.Attributes)
	if kind := a.text(incidentKind); kind != "" && in.lang == wording.Korean {
		said := incident.Advise(rca.Cause(kind), in.spoken())
		return said.Checks, said.Actions
	}
	return a.list(incidentChecks), a.list(incidentActions)
}

// tellChange says which change an incident is laid to, or that it came from outside.
func (in *inquiry) tellChange(e *history.Event) {
	a := attributes(e.Attributes)
	what := cmp.Or(a.text(changeVersion), short(a.text(changeRevision)), a.text(changeFlag))
	slots := with{"@what": what, "@service": cmp.Or(a.text(changeService), a.text(incidentService)), "@how": in.mechanism(a.text(changeMechanism))}
	key := ""
	switch a.text(changeKind) {
	case laidToCommit, laidToDeploy:
		key = "deploy.blamed"
	case laidToFlag:
		key = "deploy.flag_blamed"
	case laidToExternal:
		key = "deploy.external"
	default:
		return
	}
	in.find(severityOf(e.Severity), 2.5, nil, key, slots)
	for i, service := range a.list(incidentHit) {
		if i == maxHit {
			break
		}
		in.find(answer.SeverityInfo, 1.5-float64(i)/100, nil, "deploy.dragged", with{"@service": service})
	}
}

// maxHit is how many of the services dragged down are told.
const maxHit = 5

// mechanism names a kind of failure in the reader's language.
func (in *inquiry) mechanism(id string) string {
	if id == "" {
		return in.phrase("mechanism.unknown")
	}
	return in.phrase("mechanism." + id)
}

// short is a revision as people write it.
func short(revision string) string { return revision[:min(len(revision), 10)] }

// tried tells what became of a deployment in the incidents since: whether one is laid to it.
func (in *inquiry) tried(ctx context.Context, deploy *history.Event) error {
	w := history.Window{From: deploy.At, To: in.now.Add(time.Second)}
	events, err := in.engine.incidents(ctx, in.records, in.tenant, "all", w, history.MaxLimit)
	if err != nil {
		return err
	}
	told := 0
	for i := range events {
		e := &events[i]
		if attributes(e.Attributes).text(changeKind) == "" || e.At.Before(deploy.At) || told == maxHit {
			continue // before it, or nobody judged
		}
		told++
		link := &answer.Link{Label: in.phrase("incident.page"), Path: "/incidents/" + e.ID}
		slots := with{"@what": in.about(e), "@how": in.mechanism(attributes(e.Attributes).text(changeMechanism))}
		if laidTo(e, deploy) {
			in.find(answer.SeverityCritical, 1000, link, "deploy.guilty", slots)
			continue
		}
		in.find(answer.SeverityInfo, 0.5, link, "deploy.innocent", slots)
	}
	return nil
}

// laidTo says whether an incident is laid to a deployment.
func laidTo(e, deploy *history.Event) bool {
	a, d := attributes(e.Attributes), attributes(deploy.Attributes)
	kind := a.text(changeKind)
	if kind != laidToCommit && kind != laidToDeploy {
		return false
	}
	if revision := d.text("vcs.ref.head.revision"); revision != "" && revision == a.text(changeRevision) {
		return true
	}
	return a.text(changeService) == deploy.Service && a.text(changeVersion) != "" && a.text(changeVersion) == versionOf(deploy)
}
