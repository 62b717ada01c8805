package spec

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

// Target is a target block of a spec.
type Target = target.Target

// Account is a become block of a spec.
type Account = target.Account

// Options are the caller's settings for loading a spec.
type Options struct {
	Catalog        *resource.Catalog           // the types of promises
	Backends       target.Backends             // the ways to reach a target
	CheckAccount   func(Account) error         // returns why become cannot use an account; nil accepts all
	Vars           []string                    // NAME=VALUE, the last one wins
	VarFiles       []string                    // files of attributes
	LookupEnv      func(string) (string, bool) // for AVOW_VAR_x and env(); nil for none
	Targets        []Target                    // instead of the spec's; `on` is ignored then
	Redirects      map[string]Target           // other addresses for targets of the spec, by name
	BecomePassword string                      // for the become blocks that have none
	Filter         Filter
	Sealed         bool // the spec reads neither files nor the environment of this machine
	SealedTargets  bool // and none of its targets runs something on this machine, or reads its files
	AllowEmpty     bool // a suite, a for_each or a filter may end up with no promise
}

// Load reads a suite. Its error is a *[Mistakes] when a spec is wrong, and another one when a path is. It contacts no
// target.
func Load(paths []string, options Options) (*Suite, error) {
	l := newLoader(options)
	files, err := Find(paths)
	if err != nil {
		return nil, err
	}
	if l.suite.Files, err = l.read(files); err != nil {
		return nil, err
	}
	if err := l.inputs(); err != nil {
		return nil, err
	}
	l.load()
	if err := l.result(); err != nil {
		return nil, err
	}
	l.suite.Secrets = unique(append(l.suite.Secrets, l.gauge.takeSecrets()...))
	l.suite.Reads = l.reads.public(l.suite.Secrets)
	return l.suite, nil
}

// loader collects a suite and all mistakes in it.
type loader struct {
	options  Options
	mistakes *Mistakes
	suite    *Suite
	given    map[string]input // values of variables from outside
	reads    *reads
	gauge    *gauge
	words    int            // of all files
	nameless map[string]int // how many blocks with a label have a main parameter that is sensitive

	targetBlocks map[string]bool // by name
	allTargets   cty.Value       // for `on`
}

func newLoader(options Options) *loader {
	if options.LookupEnv == nil {
		options.LookupEnv = func(string) (string, bool) { return "", false }
	}
	return &loader{
		options:  options,
		mistakes: &Mistakes{sources: map[string][]byte{}, private: map[string]bool{}},
		suite:    &Suite{Catalog: options.Catalog, filter: options.Filter},
		given:    map[string]input{},
		reads:    &reads{},
		gauge:    newGauge(),
		nameless: map[string]int{},

		targetBlocks: map[string]bool{},
	}
}

func (l *loader) fileSchema() *hcl.BodySchema {
	return &hcl.BodySchema{Blocks: append([]hcl.BlockHeaderSchema{
		{Type: "variable", LabelNames: []string{"name"}},
		{Type: "locals"},
		{Type: "target", LabelNames: []string{"backend", "name"}},
		{Type: "describe", LabelNames: []string{"title"}},
	}, l.resourceSchemas()...)}
}

func (l *loader) load() {
	blocks := l.top()
	l.suite.scope = newScope(world{l.options.Catalog, l.options.LookupEnv, l.reads, l.options.Sealed}, l.gauge)
	l.variables(blocks.OfType("variable"))
	l.locals(blocks.OfType("locals"))
	// Targets can use the locals that need no facts, and facts have the names of the targets' vars.
	l.suite.scope.earlyLocals(l)
	l.targets(blocks.OfType("target"))
	l.suite.scope.before(l.suite.Targets)
	for _, name := range l.suite.scope.late {
		l.suite.scope.evaluateLocal(l, name)
	}
	for _, b := range blocks.OfType("describe") {
		l.describe(b, group{})
	}
	if len(l.options.Targets) > 0 {
		l.suite.retarget(l.options.Targets)
	}
	if l.mistakes.Len() == 0 && !l.options.AllowEmpty {
		l.checkNotEmpty()
	}
}

func (l *loader) top() hcl.Blocks {
	var all hcl.Blocks
	for _, file := range l.suite.Files {
		content, diags := file.body.Content(l.fileSchema())
		l.report(diags...)
		all = append(all, content.Blocks...)
		for _, b := range content.Blocks {
			if l.options.Catalog.Find(b.Type) != nil {
				l.mistake(b.DefRange, "Promise outside of a describe", "Put the %s into a block describe \"what it is for\" "+
					"{ ... }: reports show promises under the titles of their describes.", b.Type)
			}
		}
	}
	return all
}

func (l *loader) resourceSchemas() []hcl.BlockHeaderSchema {
	var schemas []hcl.BlockHeaderSchema
	for _, t := range l.options.Catalog.Types {
		schemas = append(schemas, hcl.BlockHeaderSchema{Type: t.Name, LabelNames: []string{t.Label}})
	}
	return schemas
}

// checkNotEmpty reports a suite without promises as a mistake: it would always be kept.
func (l *loader) checkNotEmpty() {
	if !l.anyFits(Filter{}) {
		var names []string
		for _, f := range l.suite.Files {
			names = append(names, f.Path)
		}
		l.mistake(l.firstPlace(), "No promise",
			"%s promises nothing. `avow explain` lists what can be promised; --allow-empty accepts an empty suite.",
			strings.Join(names, ", "))
		return
	}
	for _, f := range l.options.Filter.single() {
		if !l.anyFits(f) {
			l.mistake(hcl.Range{}, "No promise is left",
				"Nothing matches %s.%s `avow plan` lists all promises; --allow-empty accepts an empty selection.",
				f, l.nearestTo(f))
			return
		}
	}
}

// nearestTo suggests paths, or tags, that are similar to those of a filter that matches nothing.
func (l *loader) nearestTo(f Filter) string {
	if len(f.Tags) > 0 {
		var tags []string
		for _, b := range l.suite.blocks {
			tags = append(tags, b.tags...)
		}
		return DidYouMean(f.Tags[0], tags)
	}
	all := *l.suite
	all.filter = Filter{}
	if near := nearest(f.Only[0].text, all.Paths()); len(near) > 0 {
		return " The nearest: " + strings.Join(near, ", ") + "."
	}
	return ""
}

// anyFits reports whether a filter keeps a promise of any target.
func (l *loader) anyFits(f Filter) bool {
	return slices.ContainsFunc(l.suite.blocks, func(b *block) bool {
		return len(f.keep(b.early, b.early.Name)) > 0 && slices.ContainsFunc(l.suite.Targets, b.on)
	})
}

// firstPlace returns the beginning of the first file: a whole suite has no better position.
func (l *loader) firstPlace() hcl.Range {
	return hcl.Range{Filename: l.suite.Files[0].Path, Start: hcl.InitialPos, End: hcl.InitialPos}
}

func (l *loader) report(diags ...*hcl.Diagnostic) {
	for _, d := range diags {
		switch {
		// After the first one, all expressions fail with the same diagnostic.
		case d.Severity != hcl.DiagError, d == l.gauge.over && l.gauge.reported:
		case len(l.mistakes.list) == maxMistakes:
			l.mistakes.more++
		default:
			l.gauge.reported = l.gauge.reported || d == l.gauge.over
			l.mistakes.list = append(l.mistakes.list, reworded(l.options.Catalog, d))
		}
	}
}

func (l *loader) mistake(r hcl.Range, summary, format string, args ...any) {
	l.report(mistake(r, summary, format, args...))
}

// content reads a block, and reports whether it has only what it may have.
func (l *loader) content(b *hcl.Block, schema *hcl.BodySchema) (*hcl.BodyContent, bool) {
	content, diags := b.Body.Content(schema)
	l.report(diags...)
	return content, !diags.HasErrors()
}

// value evaluates an attribute, and reports the mistakes in it.
func (l *loader) value(a *hcl.Attribute, each map[string]cty.Value) (cty.Value, bool) {
	return l.valueIn(l.suite.scope.context(each), a)
}

func (l *loader) valueIn(ctx *hcl.EvalContext, a *hcl.Attribute) (cty.Value, bool) {
	v, diags := l.suite.scope.valueIn(ctx, a.Expr)
	l.report(diags...)
	return v, !diags.HasErrors()
}

// known evaluates an attribute that has to be known before contact.
func (l *loader) known(a *hcl.Attribute, each map[string]cty.Value) (cty.Value, bool) {
	v, ok := l.value(a, each)
	if ok && !v.IsWhollyKnown() {
		l.mistake(a.Expr.Range(), "Known only after contact",
			"%s is needed before a host is contacted, so it cannot depend on host.*; only_if and expected values can.", a.Name)
		return v, false
	}
	return v, ok
}

// written returns the value of a word, which has to be known before contact, without its marks, and whether it had
// some. A missing word or null is not written.
func (l *loader) written(a *hcl.Attribute, each map[string]cty.Value) (v cty.Value, secret, ok bool) {
	if a == nil {
		return v, false, false
	}
	if v, ok = l.known(a, each); !ok || v.IsNull() {
		return v, false, false
	}
	v, marks := v.UnmarkDeep()
	if len(marks) > 0 {
		l.suite.Secrets = append(l.suite.Secrets, secretsIn(v)...)
	}
	return v, len(marks) > 0, true
}
