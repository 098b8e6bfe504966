package change

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// shape is a way of changing code that matters whatever the language.
type shape string

const (
	shapeGuardGone    shape = "removes a guard"
	shapeReleaseGone  shape = "no longer releases what it holds"
	shapeLimitGone    shape = "removes a bound"
	shapePauseGone    shape = "retries without a pause"
	shapeCallInLoop   shape = "calls another system in a loop"
	shapeNewTable     shape = "uses a table or column by a new name"
	shapeColumnGone   shape = "drops or renames a column, table or index"
	shapeVersion      shape = "changes a version"
	shapeNeedsSetting shape = "needs a setting"
	shapeSwitched     shape = "switches a setting"
	shapeRenamed      shape = "renames a field or key"
	shapeLoud         shape = "logs more"
	shapeLocks        shape = "holds a lock for longer"
	shapeCall         shape = "calls another system"
	shapeEagerGone    shape = "no longer loads what belongs together at once"
	shapeKey          shape = "changes a key"
	shapePattern      shape = "changes a pattern"
	shapeNested       shape = "uses a pattern that repeats repetitions"
)

var (
	loopPattern      = regexp.MustCompile(`^\s*(for|while|foreach|loop)\b|\.(forEach|map|each)\(`)
	guardPattern     = regexp.MustCompile(`\b(if|unless|guard|assert|require\w*|when)\b.*(nil|null|None|undefined|isEmpty|is_empty|isPresent|is_some|!ok\b|\bok\b|len\(|length|size\(\)|hasattr|contains|\bin\b)|\?\.|\?\?|\.get\(|orElse|unwrap_or|Optional|getOrDefault|required|omitempty`)
	errorPattern     = regexp.MustCompile(`\bif\s*\(?\s*(err|error|ex|e)\s*!=\s*(nil|null)|\bif err\b`)
	releasePattern   = regexp.MustCompile(`\.(close|Close|release|Release|unlock|Unlock|stop|Stop|dispose|Dispose|shutdown|rollback|Rollback|cancel|Done|drain|evict|unsubscribe|removeListener|delete|ack|Ack|acknowledge|commit|Commit|commitSync)\(|\bdefer\b|\bfinally\b|\bcancel\(\)|\bdelete\(|\bwith\b.*\bas\b|\bfree\(`)
	limitPattern     = regexp.MustCompile(`(?i)\b(limit|where|top|fetch first)\s+[\w$:?]|max_?(size|entries|items|len|results|rows|bytes|age|conn|body|depth)|maxsize|\.limit\(|page_?size|per_?page|\blru|truncate|\bcap\b|semaphore|rate_?limit|\brate_?limiter|throttle`)
	pausePattern     = regexp.MustCompile(`(?i)sleep|backoff|jitter|base_?delay|retry_?delay|interval|cooldown|debounce|circuit_?breaker`)
	remotePattern    = regexp.MustCompile(`(?i)\b(query|queryrow|exec|execute|fetch|find|load|lookup|get|post|call|invoke|notify|publish|send|save|insert|update)\w*\s*\((r\.)?(ctx|context)\b|\b(requests|axios|http|httpClient|restTemplate|webClient)\.(get|post|put|do|request|exchange)\w*\(|(client|dao|repo\w*|store|cache|redis|db|session|catalog|stub|gateway|partner|api)s?\.\w+\(|\bawait (fetch|axios|client|db|api|redis)|\.execute\(|\(ctx,`)
	tablePattern     = regexp.MustCompile(`(?i)\b(from|into|update|join|references)\s+["'\x60]?([a-z_][\w.]*)|\b(insert into)\b`)
	statementPattern = regexp.MustCompile(`(?i)\b(select|update|delete)\b.*\b(from|set)\b`)
	dropPattern      = regexp.MustCompile(`(?i)\b(drop|rename)\s+(column|table|index|constraint|to)\b|\balter\s+table\b|\b(drop_column|drop_index|remove_index|rename_column|remove_column|drop_table|RemoveField|RenameField|AlterField)\b`)
	versionPattern   = regexp.MustCompile(`\bv?\d+\.\d+(\.\d+)?[\w.+-]*`)
	needPattern      = regexp.MustCompile(`(?i)getenv|os\.environ|process\.env|lookupenv|mustenv|System\.getenv|viper\.(get|must)|valueFrom|secretKeyRef|configMapKeyRef|@Value\(|mount_?path|required`)
	switchPattern    = regexp.MustCompile(`(?i)\b(true|false|on|off|enabled?|disabled?|yes|no)\b`)
	logPattern       = regexp.MustCompile(`(?i)^\W*(await\s+)?[\w.]*(log(ger|f)?|LOG_\w+|console|slog|zap|print(f|ln)?|println!|tracing|warn(ing)?)(\.\w+)*\s*[.(!]`)
	lockPattern      = regexp.MustCompile(`(?i)\.(r?lock|acquire|lock_?tables?)\(|synchronized|for update|mutex|serializable|exclusive|begin\b|transaction|lock table`)
	metricPattern    = regexp.MustCompile(`(?i)prometheus\.|metrics?[_.]|counter|histogram|gauge|\.inc\(|\.observe\(|setattributes?\(|otel|span\.`)
	commentPattern   = regexp.MustCompile(`^\s*(//|#|/?\*|--|<!--|;|"""|''')`)
	createPattern    = regexp.MustCompile(`(?i)\bcreate\s+(unique\s+)?index\b|add_index`)
	importPattern    = regexp.MustCompile(`^\s*(import|from\s+\S+\s+import|using|require|#include|package|use)\b`)
	eagerPattern     = regexp.MustCompile(`(?i)includes?\(|prefetch|select_related|joinedload|join fetch|preload|eager|dataloader|batch_?(get|load|fetch|size)|find_?all|getAll|multi_?get|mget|\bin\s*\(|any\(`)
	namesKey         = regexp.MustCompile(`(?i)key`)
	regexPattern     = regexp.MustCompile(`(?i)regexp?\.|\bre\.(compile|match|search|sub)|Pattern\.compile|RegExp\(|[=(,:]\s*/[^/\s*].*[+*?\\].*/[gimsuy]*`)
	nestedPattern    = regexp.MustCompile(`[+*]\)[^()]{0,3}\)?[+*]|[+*]\)\{\d`)
	keyPattern       = regexp.MustCompile("(?i)json:|yaml:|serial|@column|@jsonproperty|field|\\w+\\s*=\\s*\\d+;|[\"'`]\\w+[\"'`]\\s*[:\\]]")
)

// shapes gives the shapes of an edit.
func (e *edit) shapes() []shape {
	var out []shape
	gone := func(p *regexp.Regexp) bool { return p.MatchString(e.old) && !p.MatchString(e.new) }
	came := func(p *regexp.Regexp) bool { return p.MatchString(e.new) && !p.MatchString(e.old) }
	add := func(yes bool, s shape) {
		if yes {
			out = append(out, s)
		}
	}
	add(gone(guardPattern) && !errorPattern.MatchString(e.old), shapeGuardGone)
	add(gone(releasePattern), shapeReleaseGone)
	add(gone(limitPattern) && (!statementPattern.MatchString(e.old) || e.new == "" || statementPattern.MatchString(e.new)), shapeLimitGone)
	add(gone(pausePattern), shapePauseGone)
	add(e.inLoop && came(remotePattern) && !logPattern.MatchString(e.new), shapeCallInLoop)
	add(came(remotePattern) && e.old == "" && !logPattern.MatchString(e.new), shapeCall)
	add(gone(eagerPattern), shapeEagerGone)
	add(e.old != "" && namesKey.MatchString(e.old) && namesKey.MatchString(e.new) && strings.ContainsAny(e.new, "\"'`$"), shapeKey)
	add(came(tablePattern), shapeNewTable)
	add(dropPattern.MatchString(e.new), shapeColumnGone)
	add(e.old != "" && e.new != "" && versionPattern.FindString(e.old) != versionPattern.FindString(e.new) && isManifest(e.file, e.new), shapeVersion)
	add(came(needPattern), shapeNeedsSetting)
	add(e.old != "" && e.new != "" && switchPattern.FindString(e.old) != switchPattern.FindString(e.new), shapeSwitched)
	add(e.old != "" && e.new != "" && keyPattern.MatchString(e.old) && len(e.gone) > 0 && len(e.come) > 0, shapeRenamed)
	add(e.loud(), shapeLoud)
	add(came(lockPattern), shapeLocks)
	add(regexPattern.MatchString(e.new), shapePattern)
	add(regexPattern.MatchString(e.new) && came(nestedPattern), shapeNested)
	return out
}

// loud says whether the edit raises a log level, or logs in a loop.
func (e *edit) loud() bool {
	text := strings.ToLower(e.new)
	return strings.Contains(text, "level") && (strings.Contains(text, "debug") || strings.Contains(text, "trace")) || e.inLoop && logPattern.MatchString(e.new)
}

var manifests = []string{"go.mod", "go.sum", "package.json", "package-lock.json", "yarn.lock", "pom.xml", "build.gradle", "requirements.txt", "pyproject.toml", "poetry.lock", "Cargo.toml", "Cargo.lock", "Gemfile", "Gemfile.lock", "Dockerfile", "Chart.yaml"}

func isManifest(file, line string) bool {
	if slices.Contains(manifests, path.Base(file)) {
		return true
	}
	return file == "" && strings.Contains(line, "/") || strings.Contains(line, "image:") || strings.HasPrefix(strings.TrimSpace(line), "FROM ")
}

var (
	docPath  = regexp.MustCompile(`(?i)(^|/)(docs?|runbooks?)/|\.(md|rst|adoc)$|CODEOWNERS$|LICENSE$|\.github/|\.gitlab|\.golangci|\.editorconfig|(^|/)ci/`)
	testPath = regexp.MustCompile(`(?i)_test\.|(^|/)tests?/|testdata/|\.test\.|\.spec\.|__tests__|Test\.java$|test_\w+\.py$`)
	lookPath = regexp.MustCompile(`(?i)\.(css|scss|less|svg|png|ico|woff2?)$|theme\.\w+$|palette|/locales?/|/i18n/`)
)

// harmlessFile says why changes of a file hurt nobody, or nothing.
func harmlessFile(file string) string {
	switch {
	case testPath.MatchString(file):
		return "tests"
	case docPath.MatchString(file):
		return "documentation or build rules"
	case lookPath.MatchString(file):
		return "looks"
	}
	return ""
}

// harmless says why an edit hurts nobody, or nothing.
func (e *edit) harmless() string {
	every := func(p *regexp.Regexp) bool {
		return (e.old == "" || p.MatchString(e.old)) && (e.new == "" || p.MatchString(e.new))
	}
	if why := harmlessFile(e.file); why != "" {
		return why
	}
	switch {
	case every(commentPattern):
		return "comments"
	case every(logPattern) && !e.loud():
		return "logging"
	case every(metricPattern) && len(e.numbers) == 0:
		return "instrumentation"
	case every(importPattern) && !versionPattern.MatchString(e.new):
		return "imports"
	}
	return ""
}
