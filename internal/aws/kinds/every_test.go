package kinds_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/kind"
)

// unions answer one member of each union. The SDK's interfaces do not tell which there
// are.
var unions = map[string]map[string]any{
	"ServiceConnectContainerConfiguration": {"logLevel": word},
	"SharingStrategy":                      {"nvidiaMps": map[string]any{}},
	"SigningScheme":                        {"DefaultScheme": map[string]any{}},
}

// capitals are the structures whose members begin with a capital, on the wire and in
// documents, although the service's others do not.
var capitals = []string{
	"codedeploy.DeploymentOverview", "codedeploy.EC2TagFilter", "codedeploy.ListTagsForResourceOutput", "codedeploy.Tag",
	"codedeploy.TagFilter", "ecr.Tag",
}

// service is how a service answers, and which names documents have for it.
type service struct {
	client reflect.Type
	xml    bool
	// smallWire: members begin with a small letter on the wire.
	smallWire bool
	// small: members begin with a small letter in documents.
	small bool
	// textTimes: JSON has times as texts.
	textTimes bool
}

// exceptions are the services that do not tell by the source of their client how they
// answer, or that documents have other names for.
var exceptions = map[string]service{
	// Its documents have the names of the model, whose members begin with a capital.
	"kafka": {smallWire: true, textTimes: true},
}

// serviceOf tells how a kind's service answers by the source of its client. That the
// SDK reads every member of such an answer holds what this says of the wire; what it
// says of documents is what Ocean's SDK, whose models have the names, makes of it.
func serviceOf(t *testing.T, k *kind.Kind) service {
	t.Helper()
	client := reflect.TypeOf(k.Service.Client(aws.Config{}))
	s, exceptional := exceptions[k.Service.Prefix]
	s.client = client
	if exceptional {
		return s
	}
	from := sourceOf(t, client.Elem())
	if s.xml = strings.Contains(from.text, "smithyxml"); !s.xml {
		small := len(regexp.MustCompile(`(?:AddMember\(|case )"[a-z]`).FindAllString(from.text, -1))
		s.smallWire = small > len(regexp.MustCompile(`(?:AddMember\(|case )"[A-Z]`).FindAllString(from.text, -1))
		s.small = s.smallWire
	}
	return s
}

const (
	// word is each text: equal everywhere, so that answers belong together.
	word = "Ünï-✓"
	// tomorrow is a member that no SDK knows.
	tomorrow = "memberOfTomorrow"
	// beyond is a number that a float cannot hold.
	beyond = 1<<53 + 1
)

var instant = time.Date(2025, 1, 2, 3, 4, 5, 858_000_000, time.UTC)

// given are the texts that have to mean something.
var given = map[string]string{"BucketRegion": "us-east-1"}

// pagination are the members of an answer that would ask for another page.
var pagination = []string{"NextToken", "NextMarker", "Marker", "ContinuationToken", "LastEvaluatedTableName", "Truncated", "ResultMetadata"}

// wire returns the name on the wire of a structure's member.
func (s service) wire(model reflect.Type, field string) string {
	field = strings.TrimSuffix(field, "_") // a word that Go or the SDK has taken
	of := strings.TrimSuffix(model.PkgPath(), "/types")
	if !s.smallWire || slices.Contains(capitals, of[strings.LastIndexByte(of, '/')+1:]+"."+model.Name()) {
		return field
	}
	first := []rune(field)
	first[0] = unicode.ToLower(first[0])
	return string(first)
}

// fields are the members of a structure that an answer is made of.
func fields(model reflect.Type, path []reflect.Type) (list []reflect.StructField) {
	for i := range model.NumField() {
		field := model.Field(i)
		if field.IsExported() && (len(path) > 1 || !slices.Contains(pagination, field.Name)) && !repeats(field.Type, path) {
			list = append(list, field)
		}
	}
	return list
}

// repeats tells a structure that holds itself, which would have no end.
func repeats(model reflect.Type, path []reflect.Type) bool {
	for model.Kind() == reflect.Pointer || model.Kind() == reflect.Slice || model.Kind() == reflect.Map {
		model = model.Elem()
	}
	return model.Kind() == reflect.Struct && slices.Contains(path, model)
}

// scalar returns the value of a member that is no structure, list or map.
func (s service) scalar(field string, model reflect.Type) any {
	switch {
	case model == reflect.TypeFor[time.Time]() && (s.xml || s.textTimes):
		return instant.Format(time.RFC3339Nano)
	case model == reflect.TypeFor[time.Time]():
		return json.Number("1735787045.858")
	}
	switch model.Kind() {
	case reflect.String:
		if text, ok := given[field]; ok {
			return text
		}
		return word
	case reflect.Bool:
		return true
	case reflect.Int64:
		return beyond
	case reflect.Int32, reflect.Int:
		return 7
	case reflect.Float32, reflect.Float64:
		return json.Number("0.25")
	case reflect.Interface:
		if model.Name() == "Interface" { // any JSON
			return map[string]any{"inner": []any{nil, beyond}}
		}
		if member, ok := unions[model.Name()]; ok {
			return member
		}
	}
	panic(fmt.Sprintf("no value for %s %v", field, model))
}

// object answers every member of a structure in JSON, and one that nobody knows.
func (s service) object(model reflect.Type, path []reflect.Type) map[string]any {
	path = append(slices.Clone(path), model)
	object := map[string]any{s.wire(model, "MemberOfTomorrow"): map[string]any{"inner": beyond, "gone": nil}}
	object[s.wire(model, "Gone")] = nil
	for _, field := range fields(model, path) {
		object[s.wire(model, field.Name)] = s.json(field.Name, field.Type, path)
	}
	return object
}

func (s service) json(field string, model reflect.Type, path []reflect.Type) any {
	switch model.Kind() {
	case reflect.Pointer:
		return s.json(field, model.Elem(), path)
	case reflect.Struct:
		if model != reflect.TypeFor[time.Time]() {
			return s.object(model, path)
		}
	case reflect.Map:
		return map[string]any{word: s.json(field, model.Elem(), path), "lowerCamel": s.json(field, model.Elem(), path)}
	case reflect.Slice:
		if model.Elem().Kind() == reflect.Uint8 {
			return "+/8="
		}
		list := []any{s.json(field, model.Elem(), path)}
		if of := model.Elem(); of.Kind() == reflect.Struct && len(path) > 2 {
			nulls, empty := make(map[string]any), make(map[string]any) // and one whose members are null, and empty
			for name, member := range list[0].(map[string]any) {
				nulls[name] = nil
				switch member.(type) {
				case []any:
					empty[name] = []any{}
				case map[string]any:
					empty[name] = map[string]any{}
				}
			}
			list = append(list, nulls, empty)
		}
		return list
	}
	return s.scalar(field, model)
}

// source is the text that says how the SDK reads a service. Of XML, it is the only place
// that has the names on the wire: the structures have lost them.
type source struct{ text string }

// element is an element that a function of the reader knows: its name, the field that
// it fills, and the function that reads it.
type element struct{ name, field, reader string }

var (
	caseOf   = regexp.MustCompile(`case strings\.EqualFold\("([^"]+)", t\.Name\.Local\):`)
	fieldOf  = regexp.MustCompile(`\bsv\.(\w+)`)
	readerOf = regexp.MustCompile(`(\w+_deserializeDocument\w+)\(`)
	outputOf = regexp.MustCompile(`(\w+_deserialize\w+)\(&output(?:\.(\w+))?, decoder\)`)
	resultOf = regexp.MustCompile(`decoder\.GetElement\("(\w+)"\)`)
)

var readers sync.Map // package → *source

// folders are where the packages are that the kinds are made of.
var folders = sync.OnceValues(func() (map[string]string, error) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{.Dir}}", ".").Output()
	of := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		name, folder, _ := strings.Cut(strings.TrimSpace(line), " ")
		of[name] = folder
	}
	return of, err
})

func sourceOf(t *testing.T, model reflect.Type) *source {
	t.Helper()
	if known, ok := readers.Load(model.PkgPath()); ok {
		return known.(*source)
	}
	of, err := folders()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	folder := of[model.PkgPath()]
	text, err := os.ReadFile(filepath.Join(folder, "deserializers.go"))
	if errors.Is(err, os.ErrNotExist) {
		text, err = os.ReadFile(filepath.Join(folder, "schemas", "schemas.go"))
	}
	if err != nil {
		t.Fatalf("the SDK reads %s in another way now, this test has to follow: %v", model.PkgPath(), err)
	}
	s := &source{text: string(text)}
	readers.Store(model.PkgPath(), s)
	return s
}

// body returns the text of a function.
func (s *source) body(name string) string {
	_, after, _ := strings.Cut(s.text, "\nfunc "+name+"(")
	body, _, _ := strings.Cut(after, "\n}\n")
	return body
}

func (s *source) elements(reader string) (list []element) {
	body := s.body(reader)
	found := caseOf.FindAllStringSubmatchIndex(body, -1)
	for i, at := range found {
		end := len(body)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		piece := body[at[1]:end]
		e := element{name: body[at[2]:at[3]]}
		if field := fieldOf.FindStringSubmatch(piece); field != nil {
			e.field = field[1]
		}
		if callee := readerOf.FindStringSubmatch(piece); callee != nil {
			e.reader = callee[1]
		}
		list = append(list, e)
	}
	return list
}

// xmlAnswer answers every member of an operation's output in XML.
func (s service) xmlAnswer(t *testing.T, operation string, output reflect.Type) string {
	t.Helper()
	from := sourceOf(t, s.client.Elem())
	handler := regexp.MustCompile(`\nfunc \(m \*\w+_deserializeOp` + operation + `\) HandleDeserialize`).FindStringIndex(from.text)
	if handler == nil {
		t.Fatalf("the SDK has no reader of %s", operation)
	}
	body, _, _ := strings.Cut(from.text[handler[1]:], "\n}\n")
	reader := outputOf.FindStringSubmatch(body)
	if reader == nil {
		t.Fatalf("the reader of %s has another form", operation)
	}
	root, model := operation+"Response", output
	if strings.HasSuffix(s.client.Elem().PkgPath(), "/s3") {
		root = map[string]string{
			"ListBuckets": "ListAllMyBucketsResult", "GetBucketTagging": "Tagging", "GetPublicAccessBlock": "PublicAccessBlockConfiguration",
			"GetBucketOwnershipControls": "OwnershipControls", "GetBucketEncryption": "ServerSideEncryptionConfiguration",
			"GetBucketLocation": "LocationConstraint",
		}[operation]
	}
	if reader[2] != "" {
		field, _ := output.FieldByName(reader[2])
		model = field.Type.Elem()
	}
	answer := s.members(t, from, reader[1], model, []reflect.Type{})
	if operation == "GetBucketLocation" {
		answer = "EU"
	}
	if result := resultOf.FindStringSubmatch(body); result != nil {
		answer = tag(result[1], answer)
	}
	return tag(root, answer)
}

func tag(name, inner string) string { return "<" + name + ">" + inner + "</" + name + ">" }

func (s service) members(t *testing.T, from *source, reader string, model reflect.Type, path []reflect.Type) string {
	t.Helper()
	path = append(slices.Clone(path), model)
	var text strings.Builder
	known := from.elements(reader)
	for _, field := range fields(model, path) {
		at := slices.IndexFunc(known, func(e element) bool { return e.field == field.Name })
		if at < 0 {
			t.Errorf("%s: the SDK reads no element as %s", reader, field.Name)
			continue
		}
		e := known[at]
		if strings.HasSuffix(e.reader, "Unwrapped") { // a list without an element of its own
			text.WriteString(s.listed(t, from, strings.TrimSuffix(e.reader, "Unwrapped"), e.name, field, path))
			continue
		}
		text.WriteString(tag(e.name, s.xmlValue(t, from, e.reader, field, path)))
	}
	text.WriteString(tag(tomorrow, tag("inner", word)))
	return text.String()
}

func (s service) xmlValue(t *testing.T, from *source, reader string, field reflect.StructField, path []reflect.Type) string {
	t.Helper()
	model := field.Type
	if model.Kind() == reflect.Pointer {
		model = model.Elem()
	}
	switch {
	case model.Kind() == reflect.Struct && model != reflect.TypeFor[time.Time]():
		return s.members(t, from, reader, model, path)
	case model.Kind() == reflect.Slice:
		return s.listed(t, from, reader, from.elements(reader)[0].name, field, path)
	case model.Kind() == reflect.Map:
		entry := from.elements(reader)[0]
		pair := from.elements(entry.reader)
		return tag(entry.name, tag(pair[0].name, word)+tag(pair[1].name, word))
	}
	var text bytes.Buffer
	if err := xml.EscapeText(&text, []byte(fmt.Sprint(s.scalar(field.Name, model)))); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// listed answers a list of one element.
func (s service) listed(t *testing.T, from *source, reader, name string, field reflect.StructField, path []reflect.Type) string {
	t.Helper()
	of := field
	of.Type = field.Type.Elem()
	var inner string
	if elements := from.elements(reader); len(elements) > 0 {
		inner = elements[0].reader
	}
	return tag(name, s.xmlValue(t, from, inner, of, path))
}

// every answers each call of a kind with every member that the SDK's output has.
type every struct {
	t       *testing.T
	service service
	mu      sync.Mutex
	made    []string
}

func (e *every) RoundTrip(request *http.Request) (*http.Response, error) {
	operation := operationOf(request)
	e.mu.Lock()
	e.made = append(e.made, operation)
	e.mu.Unlock()
	method, ok := e.service.client.MethodByName(operation)
	if !ok {
		return nil, fmt.Errorf("the client has no %s", operation)
	}
	output := method.Type.Out(0).Elem()
	if e.service.xml {
		return respond(request, reply{http.StatusOK, e.service.xmlAnswer(e.t, operation, output)}), nil
	}
	body, err := json.Marshal(e.service.object(output, nil))
	return respond(request, reply{http.StatusOK, string(body)}), err
}

// read wants the SDK to have read every member: then the wire has the names that the
// answer was made with.
func (e *every) read(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("ReadAll", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleInitialize(ctx, in)
		if err == nil {
			e.filled(reflect.ValueOf(out.Result).Elem(), nil)
		}
		return out, metadata, err
	}), middleware.Before)
}

func (e *every) filled(value reflect.Value, path []reflect.Type) {
	path = append(slices.Clone(path), value.Type())
	for _, field := range fields(value.Type(), path) {
		member := value.FieldByIndex(field.Index)
		for member.Kind() == reflect.Pointer && !member.IsNil() {
			member = member.Elem()
		}
		if member.Kind() == reflect.Slice && member.Len() > 0 && member.Type().Elem().Kind() == reflect.Struct {
			member = member.Index(0)
		}
		switch {
		case member.IsZero() && member.Kind() != reflect.Struct, member.Kind() == reflect.Pointer,
			member.Kind() == reflect.Slice && member.Len() == 0:
			e.t.Errorf("the SDK has not read %v.%s: say in capitals or in exceptions what its name on the wire is like", value.Type(), field.Name)
		case member.Kind() == reflect.Struct && member.Type() != reflect.TypeFor[time.Time]():
			e.filled(member, path)
		}
	}
}

// TestEveryMember answers each call of each kind with every member of every structure
// that the SDK knows, and holds the documents: names at every depth, text beyond ASCII,
// times, fractions, numbers beyond a float, members that are empty, null, or that no SDK
// knows.
func TestEveryMember(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k *kind.Kind) {
		if len(k.AllActions(nil)) == 0 {
			t.Logf("%s makes no call", k.Type)
			return
		}
		s := serviceOf(t, k)
		e := &every{t: t, service: s}
		r := &replay{t: t, parallel: 1}
		target := r.target()
		target.Config.HTTPClient = &http.Client{Transport: e}
		target.Config.APIOptions = append(target.Config.APIOptions, e.read)
		documents, errs := r.readIn(target, k, k.OptionalNames()...)
		if len(errs) > 0 {
			t.Fatal(errors.Join(errs...))
		}
		if len(documents) == 0 {
			t.Fatalf("%v were called, but there is no document", e.made)
		}
		for _, declared := range k.AllActions(nil) {
			if !slices.ContainsFunc(e.made, func(operation string) bool { return action(k, operation) == declared }) {
				t.Errorf("%s was not called, only %v", declared, e.made)
			}
		}
		for _, document := range documents {
			for name, property := range document["Properties"].(kind.Object) {
				s.holds(t, name, property, !smallInside[k.Type+" "+name] && s.small)
			}
		}
		golden(t, filepath.Join("testdata", "every", filepath.Base(testdata(k, ".golden.json"))), asJSON(t, documents))
	})
}

// smallInside are properties inside of which names begin with a capital, by Ocean's own
// doing.
var smallInside = map[string]bool{"AWS::CodePipeline::Action ActionTypeId": true}

// freely are names of either form: keys of maps, what is inside of a member that no SDK
// knows, and the members of capitals.
var freely = []string{
	word, "lowerCamel", "inner", "MemberOfTomorrow", "Key", "Value", "Type", "Failed", "InProgress", "Pending", "Ready", "Skipped", "Succeeded",
}

// holds wants of what is inside a property that no member is null, and that all have
// the first letter that the service's members have. Keys of maps are the user's own.
func (s service) holds(t *testing.T, path string, value any, small bool) {
	t.Helper()
	switch value := value.(type) {
	case nil:
		t.Errorf("%s is null", path)
	case []any:
		for _, element := range value {
			if element != nil {
				s.holds(t, path+"[]", element, small)
			}
		}
	case kind.Object:
		for name, member := range value {
			first := []rune(name)[0]
			if !slices.Contains(freely, name) && unicode.IsLower(first) != small {
				t.Errorf("%s has the member %s", path, name)
			}
			s.holds(t, path+"."+name, member, small)
		}
	}
}
