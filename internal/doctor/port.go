package doctor

import (
	"context"
	"strings"
	"time"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/fit"
	"portolan/internal/mapping"
	"portolan/internal/plain"
	"portolan/internal/port"
)

// patience bounds a call to Port with its repetitions: a run waits longer, but
// somebody looks at this.
const patience = 20 * time.Second

func patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, patience)
}

// secret reads Port's credentials, without showing any part of them.
func (e *examination) secret(ctx context.Context) {
	c := e.open("secret")
	ctx, cancel := patiently(ctx)
	defer cancel()
	id, secret, err := e.Credentials(ctx)
	switch {
	case err != nil:
		e.hopeless = true
		c.fail(err)
	case id == "" || secret == "":
		e.hopeless = true
		c.add(diag.Diagnostic{Severity: diag.Error, Code: diag.SecretMisshape})
	case strings.Contains(id, "@"):
		c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.PersonalCredentials})
	default:
		c.Said = "Port's client id and secret are there"
	}
}

// port says whether Port takes the credentials.
func (e *examination) port(ctx context.Context) bool {
	c := e.open("port")
	if e.hopeless {
		c.skip("there are no credentials for it")
		e.open("mapping").skip("Port has it, and there are no credentials for Port")
		return false
	}
	ctx, cancel := patiently(ctx)
	defer cancel()
	err := e.Port.Authenticate(ctx)
	if err == nil {
		for _, failed := range e.Port.Owned(ctx, time.Now()) {
			err = failed
			break // one page shows whether entities may be listed
		}
	}
	if err != nil {
		e.hopeless = true
		c.fail(err)
		e.open("mapping").skip("Port has it, and does not answer as expected")
		return false
	}
	c.Said = "the credentials are good and may read entities; whether they may write, only a run tells"
	return true
}

// integration looks at the integration, its mapping, and the blueprints of that.
func (e *examination) integration(ctx context.Context) {
	c := e.open("mapping")
	ctx, cancel := patiently(ctx)
	defer cancel()
	in, err := e.Port.Preview(ctx)
	if err != nil {
		e.hopeless = true
		c.fail(err)
		return
	}
	if in.Absent {
		c.add(diag.Diagnostic{Severity: diag.Note, Code: diag.IntegrationMissing})
	}
	if e.mapping, err = mapping.Compile(in.Config, e.known); err != nil {
		e.hopeless = true
		c.fail(err)
		return
	}
	if len(e.mapping.Resources)+len(e.mapping.Lost) == 0 {
		e.hopeless = true
		c.fail(mapping.ErrEmpty)
		return
	}
	e.mapping.SuggestKinds(e.types())
	c.Said = plain.Count(len(e.mapping.Resources), "resource of the mapping works", "resources of the mapping work")
	for _, d := range e.mapping.Diagnostics {
		if d.Code != diag.MappingRegion { // an account may know better
			c.add(d)
		}
	}
	if len(e.mapping.Resources) == 0 {
		e.hopeless = true
	}
	blueprints, err := e.Port.Blueprints(ctx)
	if err != nil {
		c.fail(err)
		return
	}
	if in.Initializes {
		fit.WithDefaults(blueprints, e.Defaults)
	}
	e.blueprints(c, blueprints)
}

// blueprints compares what the mapping fills with what the blueprints have and require.
func (e *examination) blueprints(c *Check, all map[string]port.Blueprint) {
	for _, r := range e.mapping.Resources {
		for _, shape := range r.Shapes() {
			for _, m := range fit.Shape(shape, all) {
				c.add(diag.Diagnostic{
					Severity: diag.Error, Code: m.Code, Cause: m.Cause,
					Subject: diag.Subject{Kinds: []string{r.Kind}, Entry: new(r.Index), Blueprint: shape.Blueprint},
				})
			}
		}
	}
}

// types are the names that a mapping may have.
func (e *examination) types() []string {
	var types []string
	for _, k := range e.Kinds {
		types = append(types, k.Type)
	}
	if e.More != nil {
		types = append(types, cloudcontrol.Names()...)
	}
	return types
}

// known returns the actions of a kind that a mapping may name, and whether there is such a kind.
func (e *examination) known(name string) (mapping.Actions, bool) {
	k := e.kindOf(name)
	if k == nil {
		actions := mapping.Actions{}
		if e.More != nil {
			actions.Why, actions.Fix = cloudcontrol.WhyUnreadable(name)
		}
		return actions, false
	}
	return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
}

func (e *examination) kindOf(name string) *kind.Kind {
	if k := kind.Among(e.Kinds)(name); k != nil || e.More == nil {
		return k
	}
	return e.More(name)
}
