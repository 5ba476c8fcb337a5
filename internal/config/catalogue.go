package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"twokey/actions"
	"twokey/actions/step"
	"twokey/auth"
)

// definitions reads the config's own actions. One with an error is left out: what follows from it is not news.
func (n *node) definitions() map[actions.Name]actions.Definition {
	defs := map[actions.Name]actions.Definition{}
	for _, e := range n.fields() {
		e.value.expandAll()
		if !e.value.is(mapping, "{summary: …, steps: […]}") {
			e.value.scalar()
			continue
		}
		defs[actions.Name(e.key)] = e.value.definition()
	}
	return defs
}

var effects = []string{string(actions.Read), string(actions.Protect), string(actions.Stop), string(actions.Change)}

func (n *node) definition() actions.Definition {
	defer n.close()
	def := actions.Definition{
		Summary:     n.need("summary", "what people approve, in a few words").filled(""),
		Effect:      actions.Effect(n.get("effect").oneOf("", effects...)),
		Destructive: n.get("destructive").boolean(false),
		Undo:        actions.Name(n.get("undo").filled("")),
	}
	for _, e := range n.get("params").fields() {
		p := e.value.section().param()
		p.Name = e.key
		if err := p.Check(); err != nil && !n.doc.findings.about(e.value.path) {
			e.value.wrong(strings.TrimPrefix(err.Error(), "parameter "+e.key+": "), "")
		}
		def.Params = append(def.Params, p)
	}
	for _, item := range n.get("touches").list() {
		def.Touches = append(def.Touches, actions.Touch(item.oneOf("", "app", "database", "code", "config")))
	}
	for _, item := range n.need("steps", "what is done: [{exec: {run: [/usr/bin/true]}}]").list() {
		def.Steps = append(def.Steps, item.step())
	}
	return def
}

func (n *node) param() actions.Param {
	defer n.close()
	p := actions.Param{
		Type:    actions.ParamType(n.need("type", "choice, integer, text or run").oneOf("", "choice", "integer", "text", "run")),
		Default: n.get("default").word(),
		Pattern: n.get("pattern").str(""),
		Summary: n.get("summary").str(""),
	}
	for _, item := range n.get("values").list() {
		p.Values = append(p.Values, item.word())
	}
	if low := n.get("min"); low.present() {
		p.Min = read(low, low.integer(0))
	}
	if high := n.get("max"); high.present() {
		p.Max = read(high, high.integer(0))
	}
	if p.Min != nil && p.Max != nil && *p.Min > *p.Max {
		n.get("max").wrong(fmt.Sprintf("is less than min, %d", *p.Min), "")
	}
	return p
}

// step has the kind of work read its own part.
func (n *node) step() (def actions.StepDefinition) {
	if n.doc.findings.about(n.path) || !n.is(mapping, "exec: {run: [/usr/bin/true]}") {
		return def
	}
	if err := decode(n, &def); err != nil {
		n.decodeError(err)
	}
	n.reaches(def)
	return def
}

// reaches says when a statement has no database to run in.
func (n *node) reaches(def actions.StepDefinition) {
	q, is := def.Work.(*step.SQL)
	switch {
	case !is:
	case q.Effect == step.Read && !n.doc.has("service.database.read_url", "service.database.read_url_file"):
		n.wrong("needs a role that reads the database", readHint)
	case q.Effect != step.Read && !n.doc.has("service.database.url", "service.database.url_file", "service.database.from_env_file"):
		n.wrong("needs the service's database", "write service: {database: {from_env_file: {…}}}, or name a file with its URL: url_file")
	}
}

// decode never panics, whatever the decoder does with a part of the file that is not what the type expects.
func decode(n *node, into any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("cannot be read")
		}
	}()
	return yaml.NodeToValue(n.source, into, yaml.Strict())
}

func (n *node) decodeError(err error) {
	f := Finding{Line: n.at.line, Column: n.at.column, Path: n.path, Message: err.Error()}
	var at yaml.Error
	if errors.As(err, &at) {
		f.Message = at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			f.Line, f.Column = t.Position.Line, t.Position.Column
		}
	}
	n.doc.add(f)
}

// catalogue loads the actions and puts what is wrong with them where people wrote it.
func (d *document) catalogue() {
	if d.world.Catalogue == nil {
		return
	}
	src := d.source()
	if err := src.Default.Check(src.People); err != nil && !d.findings.about("people") {
		d.addError("rules.default", err)
	}
	c, err := d.world.Catalogue(src)
	for _, one := range leaves(err) {
		d.actionError(one)
	}
	d.config.Catalogue = c
	if len(leaves(err)) > 0 || d.findings.Err() != nil {
		return
	}
	if d.config.Revision, err = c.Revision(src.People.People()); err != nil {
		d.addError("actions", err)
	}
}

// source has what is right: an action with an error stays out, and a rule without an action, too.
func (d *document) source() actions.Source {
	c := d.config
	src := actions.Source{Own: map[actions.Name]actions.Definition{}, Default: c.Rules.Default, People: c.Directory,
		Rules: map[actions.Name]auth.Partial{}, Site: c.Service.Site, Reserved: d.world.Reserved}
	for name, def := range c.Definitions {
		if !d.findings.about(join("actions", string(name))) {
			src.Own[name] = def
		}
	}
	for _, name := range d.knownActions() {
		if p, ruled := c.Rules.Named[name]; ruled {
			src.Rules[name] = p
		}
	}
	return src
}

// actionErrors are what the catalogue's errors begin with.
var (
	actionError = regexp.MustCompile(`(?s)^action ([^:]*): (.*)$`)
	stepError   = regexp.MustCompile(`(?s)^step ([0-9]+) \([a-z_]*\): (.*)$`)
	fieldError  = regexp.MustCompile(`(?s)^(rule|effect|touches|undo|parameter)\b`)
)

func (d *document) actionError(err error) {
	_, hint := words(err)
	m := actionError.FindStringSubmatch(err.Error())
	if m == nil {
		d.addAt("actions", err.Error(), hint)
		return
	}
	name, message := m[1], m[2]
	_, own := d.config.Definitions[actions.Name(name)]
	if rule, about := strings.CutPrefix(message, "rule: "); about {
		d.ruleError(name, rule)
		return
	}
	path := join("actions", name)
	if s := stepError.FindStringSubmatch(message); s != nil {
		path, message = fmt.Sprintf("%s.steps[%s]", path, s[1]), s[2]
	}
	// What is wrong with a step of a built-in action is wrong with the service it works on, and so for several actions.
	if !own || strings.HasPrefix(message, "service.") || strings.HasPrefix(message, noUser) {
		d.serviceError(message, hint)
		return
	}
	if f := fieldError.FindString(message); f != "" && f != "rule" {
		if _, there := d.where[join(path, f)]; there {
			path, message = join(path, f), strings.TrimPrefix(message, f+": ")
		}
	}
	if strings.HasPrefix(message, "the name is taken") {
		hint = "choose another name"
	}
	d.addAt(path, message, hint)
}

// ruleError puts what is wrong with an action's rule at the rule, and says nothing that was said of the default.
func (d *document) ruleError(name, message string) {
	if d.findings.about("people") {
		return
	}
	path := join("rules", name)
	if _, there := d.where[path]; !there {
		for _, f := range d.findings {
			if f.Path == "rules.default" && f.Message == message {
				return
			}
		}
		d.addAt("rules.default", fmt.Sprintf("for %s: %s", name, message), "give it a rule of its own: "+path)
		return
	}
	if key, _, _ := strings.Cut(message, " "); d.where[join(path, key)].line > 0 {
		path, message = join(path, key), strings.TrimPrefix(message, key+" ")
	}
	d.addAt(path, message, "")
}

func (d *document) serviceError(message, hint string) {
	if d.findings.about("service") {
		return
	}
	path := "service.process"
	if strings.HasPrefix(message, noUser) {
		path, hint = "service.run_as", "correct the name, or make the user"
	} else if m := servicePath.FindStringSubmatch(message); m != nil {
		path, message = m[1], m[2]
	}
	d.addAt(path, message, hint)
}

// noUser is how proc begins the error about service.run_as.
const noUser = "there is no Unix user "

// servicePath is how a step begins an error about the service's configuration.
var servicePath = regexp.MustCompile(`(?s)^((?:service|health)(?:\.[a-z_0-9]+)*):? (.*)$`)
