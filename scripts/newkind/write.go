package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"portolan/internal/port/defaults"
)

// files returns the files of the kind: declaration, answers, blueprint, mapping.
func (d *draft) files() []string {
	name := defaults.File(d.Type)
	return []string{
		"internal/aws/kinds/" + strings.ReplaceAll(name, "-", "_") + ".go",
		"internal/aws/kinds/testdata/" + strings.ReplaceAll(d.Type, "::", "_") + ".txtar",
		"internal/port/defaults/blueprints/" + name + ".json",
		"internal/port/defaults/mapping/" + name + ".json",
	}
}

// write writes all files, and adds the kind to the list.
func (d *draft) write() ([]string, error) {
	declaration, err := d.declaration()
	if err != nil {
		return nil, err
	}
	answers, err := d.answers()
	if err != nil {
		return nil, err
	}
	list, err := d.entered()
	if err != nil {
		return nil, err
	}
	files := append(d.files(), listFile)
	texts := [][]byte{declaration, answers, d.blueprint(), d.mapping(), list}
	if d.simulates() {
		simulation, err := d.simulation()
		if err != nil {
			return nil, err
		}
		files, texts = append(files, d.simulatorFile()), append(texts, simulation)
	}
	for i, text := range texts {
		if err := os.WriteFile(files[i], text, 0o644); err != nil {
			return nil, err
		}
	}
	return files, nil
}

var declarationForm = template.Must(template.New("").Parse(`package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/{{.Service}}"

	"portolan/internal/aws/kind"
)

// {{.Variable}} is {{.Type}}.
var {{.Variable}} = &kind.Kind{
	Type:    "{{.Type}}",
	Service: kind.Service{Prefix: "{{.Prefix}}", OfferedAs: "{{.Prefix}}", Client: kind.Client({{.Service}}.NewFromConfig)},
	List: kind.Listing{
		Name:    "{{.List.Name}}Action",
		Actions: []string{"{{.Prefix}}:{{.List.Name}}"},
		{{- if .Describe}}
		NamesOnly: true,
		{{- end}}
		Pages: kind.Paged(func(c *{{.Service}}.Client) *{{.Service}}.{{.List.Name}}Paginator {
			return {{.Service}}.New{{.List.Name}}Paginator(c, &{{.Service}}.{{.List.Name}}Input{ {{- if .List.Size}}{{.List.Size}}: aws.Int32(100){{end -}} })
		}, kind.{{if .List.Names}}Names{{else}}Objects{{end}}("{{.Wire .List.Member}}", "{{.Wire .List.ID}}")),
	},
	{{- with .Describe}}
	Default: []kind.FollowUp{{"{{"}}
		Name:      "{{.Name}}Action",
		Actions:   []string{"{{$.Prefix}}:{{.Name}}"},
		Essential: true,
		Call: kind.One((*{{$.Service}}.Client).{{.Name}}, func(r *kind.Resource) *{{$.Service}}.{{.Name}}Input {
			return &{{$.Service}}.{{.Name}}Input{ {{- .Input}}: aws.String({{.From}})}
		}, {{if .Member}}kind.Member("{{$.Wire .Member}}"){{else}}kind.Whole{{end}}),
	{{"}}"}},
	{{- end}}
	{{- with .Tags}}
	Optional: []kind.FollowUp{{"{{"}}
		Name:    "{{.Name}}Action",
		Actions: []string{"{{$.Prefix}}:{{.Name}}"},
		{{- if .Paged}}
		Call: kind.Gathered(func(c *{{$.Service}}.Client, _ kind.Target, r *kind.Resource) *{{$.Service}}.{{.Name}}Paginator {
			return {{$.Service}}.New{{.Name}}Paginator(c, &{{$.Service}}.{{.Name}}Input{ {{- .Input}}: aws.String({{.From}})})
		}, "{{$.Wire .Member}}", "Tags"),
		{{- else}}
		Call: kind.One((*{{$.Service}}.Client).{{.Name}}, func(r *kind.Resource) *{{$.Service}}.{{.Name}}Input {
			return &{{$.Service}}.{{.Name}}Input{ {{- .Input}}: aws.String({{.From}})}
		}, kind.Property("{{$.Wire .Member}}", "Tags")),
		{{- end}}
	{{"}}"}},
	{{- end}}
	Events:   kind.Events{Writes: true},
	Document: kind.Form{Open: true, Properties: ` + "`{{.Names}}`" + `},
}
`))

// Names lists the properties of the documents, wrapped into lines.
func (d *draft) Names() string {
	names := make([]string, 0, len(d.Properties)+1)
	for _, f := range d.Properties {
		names = append(names, f.Name)
	}
	if d.Tags != nil && !slices.Contains(names, "Tags") {
		names = append(names, "Tags")
	}
	return wrapped(names)
}

func (d *draft) declaration() ([]byte, error) {
	var b bytes.Buffer
	if err := declarationForm.Execute(&b, d); err != nil {
		return nil, err
	}
	return format.Source(b.Bytes())
}

// wrapped puts names into lines.
func wrapped(names []string) string {
	var b strings.Builder
	width := 40
	for i, name := range names {
		switch {
		case i == 0:
		case width+len(name) > 115:
			b.WriteString("\n\t\t")
			width = 8
		default:
			b.WriteString(" ")
		}
		b.WriteString(name)
		width += len(name) + 1
	}
	return b.String()
}

// answers returns answers for the tests: three pages, the second of them empty.
func (d *draft) answers() ([]byte, error) {
	if !d.json {
		return []byte(""), nil
	}
	var b bytes.Buffer
	file := func(name string, number int, body any) {
		text, _ := json.MarshalIndent(body, "", "  ") // of maps, lists and texts
		fmt.Fprintf(&b, "-- %s.%d --\n%s\n", name, number, text)
	}
	completed := 0
	for page, count := range []int{1, 0, 2} {
		items := make([]any, count)
		for i := range items {
			items[i] = d.listed(completed + i + 1)
		}
		answer := map[string]any{d.Wire(d.List.Member): items}
		if page < 2 {
			answer[d.Wire(d.List.Token)] = fmt.Sprint(page + 2)
		}
		file(d.List.Name, page+1, answer)
		d.complete(file, completed, count)
		completed += count
	}
	return b.Bytes(), nil
}

// complete writes the answers about the resources that a page has listed.
func (d *draft) complete(file func(string, int, any), from, count int) {
	for n := from + 1; d.Describe != nil && n <= from+count; n++ {
		resource := d.resource(n)
		if d.Describe.Member != "" {
			resource = map[string]any{d.Wire(d.Describe.Member): resource}
		}
		file(d.Describe.Name, n, resource)
	}
	for n := from + 1; d.Tags != nil && n <= from+count; n++ {
		file(d.Tags.Name, n, map[string]any{d.Wire(d.Tags.Member): []any{}})
	}
}

func (d *draft) listed(n int) any {
	if d.List.Names {
		return fmt.Sprint("name-", n)
	}
	if d.Describe != nil {
		return map[string]any{d.Wire(d.List.ID): d.id(d.List.ID, n)}
	}
	return d.resource(n)
}

// resource makes up a resource that has every member.
func (d *draft) resource(n int) map[string]any {
	resource := map[string]any{"memberOfTomorrow": "is kept, as the form is open"}
	for _, f := range d.Properties {
		resource[d.Wire(f.Name)] = valueOf(f.Type)
	}
	id := identifier(d.Properties)
	resource[d.Wire(id)] = d.id(id, n)
	return resource
}

// id makes up an identifier, which is an ARN if the member is one: some of the SDK's
// clients look into it.
func (d *draft) id(member string, n int) string {
	if !isARN(member) {
		return fmt.Sprint("id-", n)
	}
	return fmt.Sprintf("arn:aws:%s:us-east-1:111122223333:%s/id-%d", d.Prefix, strings.ToLower(d.Resource), n)
}

func valueOf(of string) any {
	switch strings.TrimPrefix(of, "*") {
	case "string":
		return "text"
	case "bool":
		return false
	case "int32", "int64", "float32", "float64":
		return 0
	case "time.Time":
		return 1735787045.858
	}
	switch {
	case strings.HasPrefix(of, "[]"):
		return []any{}
	case strings.HasPrefix(of, "map") || strings.HasPrefix(of, "*"):
		return map[string]any{}
	default:
		return "ENUMERATED"
	}
}

// blueprint shows the identifier and the region, to begin with.
func (d *draft) blueprint() []byte {
	return indented(fmt.Sprintf(`{"identifier":%q,"title":%q,"icon":"AWS","schema":{"properties":{"region":{"title":"Region","type":"string"}},"required":[]},
		"mirrorProperties":{},"calculationProperties":{},"aggregationProperties":{},
		"relations":{"account":{"title":"Account","target":"awsAccount","required":false,"many":false}}}`,
		d.blueprintID(), strings.Join(strings.Split(d.Type, "::")[1:], " ")))
}

func (d *draft) mapping() []byte {
	id := ".Properties." + identifier(d.Properties)
	return indented(fmt.Sprintf(`{"kind":%q,"selector":{"query":"true"},"port":{"entity":{"mappings":{"identifier":%q,"title":%q,"blueprint":%q,
		"properties":{"region":".__ExtraContext.Region"},"relations":{"account":".__ExtraContext.AccountId"}}}}}`,
		d.Type, id, id, `"`+d.blueprintID()+`"`))
}

// abbreviation is what a variable's name begins with: KMS of KMSKey.
var abbreviation = regexp.MustCompile(`^[A-Z]+([A-Z][a-z])|^[A-Z]`)

// blueprintID is the variable's name with small letters first: kmsKey.
func (d *draft) blueprintID() string {
	at := abbreviation.FindStringSubmatchIndex(d.Variable)
	first := at[1]
	if at[2] >= 0 {
		first = at[2]
	}
	return strings.ToLower(d.Variable[:first]) + d.Variable[first:]
}

func indented(text string) []byte {
	var b bytes.Buffer
	_ = json.Indent(&b, []byte(text), "", "  ") // the text is JSON by its making
	b.WriteByte('\n')
	return b.Bytes()
}

const listFile = "internal/aws/kinds/all.go"

// entered returns the list of kinds with the new one in its place: the first two come
// first, the others by name.
func (d *draft) entered() ([]byte, error) {
	text, err := os.ReadFile(listFile)
	if err != nil {
		return nil, err
	}
	list := regexp.MustCompile(`(?s)(var All = \[\]\*kind\.Kind\{\n)(.*?)(\n})`).FindSubmatch(text)
	if list == nil {
		return nil, fmt.Errorf("%s has no list of kinds", listFile)
	}
	names := append(strings.Split(string(list[2]), "\n"), "\t"+d.Variable+",")
	slices.Sort(names[2:])
	return bytes.Replace(text, list[2], []byte(strings.Join(names, "\n")), 1), nil
}
