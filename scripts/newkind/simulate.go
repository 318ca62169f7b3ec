package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

// simulatorFile is where the simulated AWS has the service.
func (d *draft) simulatorFile() string { return "internal/simulator/awssim/" + d.Service + ".go" }

// simulates reports whether the draft has a part for the simulator: the service answers
// JSON by the SDK's schemas, and the simulator does not have it yet.
func (d *draft) simulates() bool {
	_, err := os.Stat(d.simulatorFile())
	return protocol.MatchString(d.source) && os.IsNotExist(err)
}

// protocol is how the SDK's source names a service's protocol and the service.
var protocol = regexp.MustCompile(`options\.Protocol = (aws|rest)json1?\.New(\d?)(\d?)\(schemas\.(\w+)\)`)

var simulatorForm = template.Must(template.New("").Parse(`package awssim

import "regexp"

// {{.Variable}} is {{.Type}}.
const {{.Variable}} = "{{.Type}}"

func init() {
	{{.Service}} := service{name: "{{.Prefix}}", {{.Protocol}}, scope: everything}
	{{- if or .Describe .Tags}}
	one := detail{
		kind: {{.Variable}}, named: byEither,
		missing: refuse(400, "ResourceNotFoundException", "{{.Resource}} {id} does not exist."),
	}
	{{- end}}
	{{- with .Describe}}
	described := one
	described.by = "{{$.Wire .Input}}"
	{{- end}}
	{{- with .Tags}}
	tagged := one
	tagged.by = "{{$.Wire .Input}}"
	{{- end}}
	{{.Service}}.simulate(
		kind{
			name: {{.Variable}}, form: regexp.MustCompile("^[A-Za-z0-9_.-]{1,128}$"), arn: "{{.ARNPrefix}}",
			things: []string{"orders", "audit", "events"},
		},
		operation{name: "{{.List.Name}}", {{.HTTP .List.Name}} list: &listing{
			kind: {{.Variable}}, items: "{{.Wire .List.Member}}", size: bounds{ {{- with .List.Size}}"{{$.Wire .}}", 1, 100, 100{{else}}usual: 100{{end -}} },
			token: "{{.Wire .List.Asks}}", next: "{{.Wire .List.Token}}",
			{{- if not .List.Names}}
			item: func(c *call, r *Resource) object { return object{ {{.Members .Listed}} } },
			{{- end}}
		}},
		{{- with .Describe}}
		operation{name: "{{.Name}}", {{$.HTTP .Name}} detail: described.with(func(c *call, r *Resource) (object, error) {
			form := object{ {{$.Members $.Properties}} }.with(r.Attributes)
			return {{if .Member}}object{ {"{{$.Wire .Member}}", form} }{{else}}form{{end}}, nil
		})},
		{{- end}}
		{{- with .Tags}}
		operation{name: "{{.Name}}", {{$.HTTP .Name}} detail: tagged.with({{if .Key}}tags("{{$.Wire .Member}}", "{{.Key}}", "{{.Value}}"){{else -}}
			func(_ *call, r *Resource) (object, error) { return object{ {"{{$.Wire .Member}}", r.Tags} }, nil }{{end}})},
		{{- end}}
	)
}
`))

func (d *draft) simulation() ([]byte, error) {
	var b bytes.Buffer
	if err := simulatorForm.Execute(&b, d); err != nil {
		return nil, err
	}
	return format.Source(b.Bytes())
}

// ARNPrefix is a guess at what stands before the name in an ARN.
func (d *draft) ARNPrefix() string { return strings.ToLower(d.Resource) + "/" }

// Protocol returns the simulator's wire and dialect for the service.
func (d *draft) Protocol() string {
	of := protocol.FindStringSubmatch(d.source)
	if of[1] == "rest" {
		return "wire: &restWire{}, dialect: restDialect"
	}
	return fmt.Sprintf(`wire: &jsonWire{target: "%s", version: "%s.%s"}, dialect: jsonDialect`, of[4], of[2], of[3])
}

// HTTP returns the method and the path of an operation, if the protocol has them.
func (d *draft) HTTP(operation string) string {
	trait := regexp.MustCompile(`(?s)var ` + operation + ` = .{0,300}?HTTP\{Method:\s*"(\w+)",\s*URI:\s*"([^"]+)"`).FindStringSubmatch(d.source)
	if trait == nil {
		return ""
	}
	return fmt.Sprintf(`http: "%s %s",`, trait[1], trait[2])
}

// Members returns what a made-up resource answers: its identifiers, times, numbers and
// booleans. Other members are for a person to choose.
func (d *draft) Members(fields []field) string {
	var b strings.Builder
	for _, f := range fields {
		value := ""
		switch short := strings.ToLower(strings.TrimPrefix(f.Name, d.Resource)); {
		case f.Type == "*string" && short == "arn":
			value = "c.arn(" + d.Variable + ", r.ID)"
		case f.Type == "*string" && slices.Contains([]string{"name", "id", "identifier"}, short):
			value = "r.ID"
		case f.Type == "*time.Time":
			value = "epoch(created(r))"
		case f.Type == "*bool" || f.Type == "bool":
			value = "false"
		case strings.Contains(f.Type, "int32") || strings.Contains(f.Type, "int64"):
			value = "0"
		default:
			continue
		}
		fmt.Fprintf(&b, "\n{%q, %s},", d.Wire(f.Name), value)
	}
	return b.String() + "\n"
}
