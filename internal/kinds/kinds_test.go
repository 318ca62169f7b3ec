package kinds_test

import (
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/fault"
	"portolan/internal/kind"
	"portolan/internal/kinds"
)

var update = flag.Bool("update", false, "write the golden documents")

// actionOf gives the IAM action of an operation, where it is not the operation's
// own name: https://docs.aws.amazon.com/service-authorization/latest/reference/
var actionOf = map[string]string{
	"s3:ListBuckets":          "s3:ListAllMyBuckets",
	"s3:GetBucketEncryption":  "s3:GetEncryptionConfiguration",
	"s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
}

func action(k *kind.Kind, operation string) string {
	name := k.Service + ":" + operation
	if renamed, ok := actionOf[name]; ok {
		return renamed
	}
	return name
}

// each runs a test for every kind.
func each(t *testing.T, test func(t *testing.T, k *kind.Kind)) {
	t.Helper()
	for _, k := range kinds.All {
		t.Run(k.Type, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k *kind.Kind) {
		r := newReplay(t, k)
		documents, errs := r.read(k, k.OptionalNames()...)
		if len(errs) > 0 {
			t.Fatal(errors.Join(errs...))
		}
		_, golden := archiveOf(t, k)
		got := asJSON(t, documents)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("documents (-golden +got):\n%s", diff)
		}
		if len(r.calls) != len(r.archive.Files) {
			t.Errorf("%d calls were made, the archive has %d answers", len(r.calls), len(r.archive.Files))
		}
		var made []string
		for _, operation := range r.calls {
			made = append(made, action(k, operation))
		}
		slices.Sort(made)
		if diff := cmp.Diff(k.AllActions(nil), slices.Compact(made)); diff != "" && len(made) > 0 {
			t.Errorf("actions (-declared +made):\n%s", diff)
		}
	})
}

func TestOptionalActionsRunOnlyWhenNamed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k *kind.Kind) {
		r := newReplay(t, k)
		if _, errs := r.read(k, "NoSuchAction"); len(errs) > 0 {
			t.Fatal(errors.Join(errs...))
		}
		for _, operation := range r.calls {
			if !slices.Contains(k.AllActions([]string{}), action(k, operation)) {
				t.Errorf("%s was called", operation)
			}
		}
	})
}

// refusal is an error as the protocol of a request has it.
func refusal(request *http.Request, status int, code, message string) *answer {
	if request.Header.Get("X-Amz-Target") != "" || strings.HasPrefix(request.URL.Host, "lambda") {
		return &answer{status, `{"__type":"` + code + `","message":"` + message + `","Message":"` + message + `"}`}
	}
	text := "<Code>" + code + "</Code><Message>" + message + "</Message>"
	switch {
	case strings.HasPrefix(request.URL.Host, "ec2"):
		text = "<Response><Errors><Error>" + text + "</Error></Errors></Response>"
	case strings.HasPrefix(request.URL.Host, "rds"):
		text = "<ErrorResponse><Error>" + text + "</Error></ErrorResponse>"
	default:
		text = "<Error>" + text + "</Error>"
	}
	return &answer{status, text}
}

// refuse makes every request for an operation fail.
func (r *replay) refuse(operation, code, message string) {
	r.spoil = func(of string, _ int, request *http.Request) *answer {
		if of != operation {
			return nil
		}
		return refusal(request, http.StatusBadRequest, code, message)
	}
}

// TestRefusals refuses each call of each kind in turn.
func TestRefusals(t *testing.T) {
	t.Parallel()
	refusals := map[string]struct {
		code, message string
		class         fault.Class
	}{
		"denied":     {"AccessDeniedException", "not authorized", fault.Denied},
		"scp-denied": {"AccessDeniedException", "with an explicit deny in a service control policy", fault.SCPDenied},
		"throttled":  {"ThrottlingException", "Rate exceeded", fault.Throttled},
	}
	each(t, func(t *testing.T, k *kind.Kind) {
		for _, call := range callsOf(t, k) {
			for name, refused := range refusals {
				t.Run(call.operation+" "+name, func(t *testing.T) {
					r := newReplay(t, k)
					r.refuse(call.operation, refused.code, refused.message)
					documents, errs := r.read(k, k.OptionalNames()...)
					var known *fault.Error
					if len(errs) == 0 || !errors.As(errs[0], &known) || known.Class != refused.class || known.Op != action(k, call.operation) {
						t.Errorf("errors %v, want one of class %s that names %s", errs, refused.class, action(k, call.operation))
					}
					wanted := !call.essential && refused.class != fault.Throttled
					if got := len(documents) > 0; got != wanted {
						t.Errorf("%d documents, want any: %t", len(documents), wanted)
					}
				})
			}
		}
	})
}

type madeCall struct {
	operation string
	essential bool
}

// callsOf lists the operations of a kind by what they are to it.
func callsOf(t *testing.T, k *kind.Kind) []madeCall {
	t.Helper()
	r := newReplay(t, k)
	r.read(k, k.OptionalNames()...)
	inessential := make(map[string]bool)
	for _, f := range slices.Concat(k.Default, k.Optional) {
		for _, a := range f.Actions {
			inessential[a] = !f.Essential
		}
	}
	var calls []madeCall
	for _, operation := range r.calls {
		c := madeCall{operation, !inessential[action(k, operation)]}
		if !slices.Contains(calls, c) {
			calls = append(calls, c)
		}
	}
	return calls
}

// TestResourceThatVanishes answers "not found" for one resource, in each
// follow-up in turn: it is dropped, and that is no error.
func TestResourceThatVanishes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k *kind.Kind) {
		all, _ := newReplay(t, k).read(k, k.OptionalNames()...)
		for _, f := range slices.Concat(k.Default, k.Optional) {
			if len(f.Actions) == 0 || f.Size > 1 {
				continue
			}
			t.Run(f.Name, func(t *testing.T) {
				r := newReplay(t, k)
				hit := false
				r.spoil = func(operation string, n int, request *http.Request) *answer {
					if hit || action(k, operation) != f.Actions[0] {
						return nil
					}
					hit = true
					return refusal(request, http.StatusNotFound, "ResourceNotFoundException", "gone")
				}
				documents, errs := r.read(k, f.Name)
				if len(errs) > 0 || !hit || len(documents) != len(all)-1 {
					t.Errorf("%d documents of %d, errors %v", len(documents), len(all), errs)
				}
			})
		}
	})
}

// TestListingThatIsNotFound shows that only an answer is an empty list.
func TestListingThatIsNotFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k *kind.Kind) {
		if len(k.List.Actions) == 0 {
			return // it makes no call
		}
		r := newReplay(t, k)
		r.spoil = func(_ string, _ int, request *http.Request) *answer {
			return refusal(request, http.StatusNotFound, "ResourceNotFoundException", "no such page")
		}
		documents, errs := r.read(k)
		if len(documents) > 0 || len(errs) != 1 || fault.ClassOf(errs[0]) != fault.Failed {
			t.Errorf("documents %v, errors %v", documents, errs)
		}
	})
}

func TestOrganizationsNotInUseIsNothing(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.OrganizationsAccount)
	r.refuse("ListAccounts", "AWSOrganizationsNotInUseException", "not in use")
	if documents, errs := r.read(kinds.OrganizationsAccount); len(documents)+len(errs) > 0 {
		t.Errorf("documents %v, errors %v", documents, errs)
	}
}

func TestECSFailureThatIsNotMissing(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.ECSCluster)
	r.spoil = func(operation string, _ int, _ *http.Request) *answer {
		if operation != "DescribeClusters" {
			return nil
		}
		return &answer{http.StatusOK, `{"clusters":[],"failures":[{"arn":"arn:aws:ecs:eu-west-1:111122223333:cluster/a","reason":"ACCESS_DENIED"}]}`}
	}
	documents, errs := r.read(kinds.ECSCluster)
	if len(documents) > 0 || len(errs) == 0 || fault.ClassOf(errs[0]) != fault.Denied {
		t.Errorf("documents %v, errors %v", documents, errs)
	}
}

func TestBucketIsAskedInItsRegion(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.S3Bucket)
	r.read(kinds.S3Bucket)
	for i, operation := range r.calls {
		if operation == "GetBucketTagging" && i < 2 && !strings.Contains(r.hosts[i], "us-west-2") {
			t.Errorf("the tags of a bucket in us-west-2 were asked of %s", r.hosts[i])
		}
	}
}

func TestListIsComplete(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			if general, ok := declaration.(*ast.GenDecl); ok && general.Tok == token.VAR {
				for _, spec := range general.Specs {
					if names := spec.(*ast.ValueSpec).Names; names[0].IsExported() && names[0].Name != "All" {
						declared++
					}
				}
			}
		}
	}
	types := make(map[string]bool)
	for _, k := range kinds.All {
		types[k.Type] = true
		if kinds.ByType(k.Type) != k {
			t.Errorf("ByType(%s) gives another kind", k.Type)
		}
		if len(k.OptionalNames()) != len(slices.Compact(slices.Sorted(slices.Values(k.OptionalNames())))) {
			t.Errorf("%s names an action twice: %v", k.Type, k.OptionalNames())
		}
	}
	if len(types) != declared || len(kinds.All) != declared {
		t.Errorf("%d kinds are declared, All lists %d", declared, len(kinds.All))
	}
	if kinds.ByType("AWS::No::Such") != nil {
		t.Error("ByType gives a kind that is not there")
	}
}
