package kind_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// sequence returns pages of resources named by their IDs, and errors.
func sequence(pages ...any) kind.Pages {
	return func(yield func([]*kind.Resource, error) bool) {
		for _, page := range pages {
			var resources []*kind.Resource
			err, failed := page.(error)
			if !failed {
				for _, id := range page.([]string) {
					resources = append(resources, &kind.Resource{ID: id, Properties: kind.Object{"Name": id}})
				}
			}
			if !yield(resources, err) {
				return
			}
		}
	}
}

// told writes down what a listing gives: pages as parent/id, errors as they are.
func told(pages kind.Pages) (all [][]string) {
	for page, err := range pages {
		var line []string
		for _, r := range page {
			line = append(line, r.Parent+"/"+r.ID)
		}
		if err != nil {
			line = append(line, err.Error())
		}
		all = append(all, line)
	}
	return all
}

func TestBeneath(t *testing.T) {
	t.Parallel()
	inner := func(parent *kind.Resource) kind.Pages {
		switch parent.ID {
		case "gone":
			return sequence(code("ResourceNotFoundException"))
		case "idle":
			return sequence(code("NotStartedException"))
		case "barred":
			return sequence([]string{"1"}, code("AccessDenied"))
		case "empty":
			return sequence([]string{})
		default:
			return sequence([]string{"1", "2"}, []string{"3"})
		}
	}
	outer := sequence([]string{"a", "gone", "barred"}, errors.New("odd"), []string{"idle", "empty", "b"})
	want := [][]string{
		{"a/1", "a/2"}, {"a/3"}, {"ResourceNotFoundException"}, {"barred/1"}, {"AccessDenied"}, {"odd"}, nil, {"b/1", "b/2"}, {"b/3"},
	}
	if diff := cmp.Diff(want, told(kind.Beneath(outer, inner, "NotStartedException"))); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	for stop := range want {
		saw := 0
		for range kind.Beneath(outer, inner, "NotStartedException") {
			if saw++; saw == stop+1 {
				break
			}
		}
		if saw != stop+1 {
			t.Errorf("stopped after %d pages, saw %d", stop+1, saw)
		}
	}
}

// TestParentsBatchesAreApart shows that one call never asks about the resources of
// two parents.
func TestParentsBatchesAreApart(t *testing.T) {
	t.Parallel()
	k := &kind.Kind{
		Type: "AWS::Test::Thing",
		List: kind.Listing{Pages: func(context.Context, kind.Target) kind.Pages {
			return kind.Beneath(sequence([]string{"a", "b"}), func(*kind.Resource) kind.Pages { return sequence([]string{"1", "2", "3"}) })
		}},
		Default: []kind.FollowUp{{
			Name: "DescribeAction", Actions: []string{"svc:Describe"}, Size: 10, Essential: true,
			Call: func(_ context.Context, _ kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
				answers := make(map[string]kind.Object)
				for _, r := range batch {
					answers[r.ID] = kind.Object{"Name": fmt.Sprint(batch[0].Parent, r.ID)}
				}
				return answers, nil
			},
		}},
		Document: kind.Form{Properties: "Name"},
	}
	names, errs := read(t, k)
	if diff := cmp.Diff([]string{"a1", "a2", "a3", "b1", "b2", "b3"}, names); diff != "" || len(errs) > 0 {
		t.Errorf("names (-want +got):\n%serrors %v", diff, errs)
	}
}

// TestListingGoesOnAfterAnError reads what a listing gives after one of its calls
// failed, and names that call's own permission.
func TestListingGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	denied := &smithy.OperationError{ServiceID: "Svc", OperationName: "ListThings", Err: code("AccessDenied")}
	k := &kind.Kind{
		List: kind.Listing{Actions: []string{"svc:ListGroups", "svc:ListThings"}, Pages: func(context.Context, kind.Target) kind.Pages {
			return sequence([]string{"a"}, denied, []string{"b"}, denied)
		}},
		Document: kind.Form{Properties: "Name"},
	}
	names, errs := read(t, k)
	if diff := cmp.Diff([]string{"a", "b"}, names); diff != "" || len(errs) != 2 {
		t.Fatalf("names (-want +got):\n%serrors %v", diff, errs)
	}
	var known *awserr.Error
	if !errors.As(errs[0], &known) || known.Op != "svc:ListThings" || known.Class != awserr.Denied {
		t.Errorf("error %+v, want svc:ListThings denied", errs[0])
	}
}

func TestCompleted(t *testing.T) {
	t.Parallel()
	describe := kind.FollowUp{
		Name: "BatchGetAction", Actions: []string{"svc:BatchGet"}, Size: 2, Essential: true,
		Call: func(_ context.Context, target kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
			if slices.Contains(kind.IDs(batch), "broken") {
				return nil, code("Throttling")
			}
			if slices.Contains(kind.IDs(batch), "barred") {
				return nil, code("AccessDenied")
			}
			if slices.Contains(kind.IDs(batch), "closed") {
				return nil, &awserr.Error{Op: "svc:BatchGet", Class: awserr.Closed, Err: errors.New("closed")}
			}
			answers := make(map[string]kind.Object)
			for _, id := range kind.IDs(batch) {
				if id != "gone" && id != "left out" {
					answers[id] = kind.Object{"Region": target.Region}
				}
			}
			return answers, kind.Failures{"gone": kind.ErrMissing}
		},
	}
	pages := sequence([]string{"a", "gone", "b"}, errors.New("odd"), []string{"broken"}, []string{"c", "left out"}, []string{"barred"}, []string{"d"})
	target := kind.Target{Region: "eu-west-1"}
	want := [][]string{{"/a", "/b"}, {"odd"}, {"svc:BatchGet: Throttling"}, nil, {"svc:BatchGet: left out: AWS's answer leaves it out"}, {"/c"}, {"svc:BatchGet: AccessDenied"}}
	if diff := cmp.Diff(want, told(kind.Completed(t.Context(), target, pages, describe))); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	closed := told(kind.Completed(t.Context(), target, sequence([]string{"a"}, []string{"closed"}, []string{"b"}), describe))
	if diff := cmp.Diff([][]string{{"/a"}, {"svc:BatchGet: closed"}}, closed); diff != "" {
		t.Errorf("pages of what is closed (-want +got):\n%s", diff)
	}
	for page := range kind.Completed(t.Context(), target, pages, describe) {
		if diff := cmp.Diff(kind.Object{"Name": "a", "Region": "eu-west-1"}, page[0].Properties); diff != "" {
			t.Errorf("properties (-want +got):\n%s", diff)
		}
		break
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	since := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	history := func(pages ...[]string) kind.Pages {
		return func(yield func([]*kind.Resource, error) bool) {
			for _, page := range pages {
				var resources []*kind.Resource
				for _, when := range page {
					r := &kind.Resource{ID: when, Properties: kind.Object{}}
					if when != "never" {
						r.Properties["startTime"] = when
					}
					resources = append(resources, r)
				}
				if !yield(resources, nil) {
					return
				}
			}
		}
	}
	tests := map[string]struct {
		pages [][]string
		since time.Time
		want  [][]string
	}{
		"no bound": {[][]string{{"1999-01-01T00:00:00Z"}, {"1998-01-01T00:00:00Z"}}, time.Time{}, [][]string{{"/1999-01-01T00:00:00Z"}, {"/1998-01-01T00:00:00Z"}}},
		"the first moment is within, the one before is not": {
			[][]string{{"2025-03-01T00:00:00.500000Z", "2025-03-01T00:00:00Z", "2025-02-28T23:59:59Z"}}, since,
			[][]string{{"/2025-03-01T00:00:00.500000Z", "/2025-03-01T00:00:00Z"}},
		},
		"an old one amid young ones is not the end": {
			[][]string{{"2025-03-02T00:00:00Z", "2024-01-01T00:00:00Z"}, {"2025-03-01T12:00:00Z"}}, since,
			[][]string{{"/2025-03-02T00:00:00Z"}, {"/2025-03-01T12:00:00Z"}},
		},
		"an empty page is not the end": {[][]string{{}, {"2025-03-02T00:00:00Z"}}, since, [][]string{nil, {"/2025-03-02T00:00:00Z"}}},
		"a page of old ones is": {
			[][]string{{"2025-03-02T00:00:00Z"}, {"2025-01-02T00:00:00Z"}, {"2025-03-02T00:00:00Z"}}, since,
			[][]string{{"/2025-03-02T00:00:00Z"}, nil},
		},
		"what has no time stays": {[][]string{{"never", "2024-01-01T00:00:00Z"}}, since, [][]string{{"/never"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, told(kind.Since(history(test.pages...), test.since, "startTime"))); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOpenFormHasNoMemberTwice: a member that the form renames is not there under
// AWS's name too, one that it does not name is.
func TestOpenFormHasNoMemberTwice(t *testing.T) {
	t.Parallel()
	k := &kind.Kind{
		List: kind.Listing{Pages: func(context.Context, kind.Target) kind.Pages {
			return kind.Ask(func() (kind.Object, error) {
				return kind.Object{"list": []any{kind.Object{"arn": "a", "state": "up", "provisioned": true, "Size": 1}}}, nil
			}, kind.Objects("list", "arn"))
		}},
		Document: kind.Form{Open: true, Properties: "Arn Status Size Absent", Renamed: map[string]string{"Status": "state"}},
	}
	for document, err := range k.Read(t.Context(), kind.Target{}, kind.Options{Budget: newPurse(100)}) {
		want := kind.Object{"Arn": "a", "Status": "up", "provisioned": true, "Size": 1}
		if diff := cmp.Diff(want, document["Properties"]); diff != "" || err != nil {
			t.Errorf("properties (-want +got):\n%serror %v", diff, err)
		}
	}
}

func TestARN(t *testing.T) {
	t.Parallel()
	target := kind.Target{Account: "111122223333", Region: "cn-north-1", Partition: "aws-cn"}
	if got, want := target.ARN("codedeploy", "application:shop"), "arn:aws-cn:codedeploy:cn-north-1:111122223333:application:shop"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
