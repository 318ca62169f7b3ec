package kind_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
)

// boats is a client as the SDK has them. It fails if it is asked for the odd boat.
type boats struct{ region string }

type (
	boatOptions struct{ region string }
	boatInput   struct {
		Names []string
		Token *string
	}
	boatOutput struct {
		Boat           *boat
		Boats          []boat
		Missing        []string
		NextToken      *string
		ResultMetadata middleware.Metadata
	}
	boat struct{ Name, Berth string }
)

var errOdd = errors.New("odd")

func newBoats(config aws.Config, options ...func(*boatOptions)) *boats {
	o := boatOptions{config.Region}
	for _, option := range options {
		option(&o)
	}
	return &boats{o.region}
}

func (b *boats) GetBoat(_ context.Context, in *boatInput, options ...func(*boatOptions)) (*boatOutput, error) {
	o := boatOptions{b.region}
	for _, option := range options {
		option(&o)
	}
	if in.Names[0] == "odd" {
		return nil, errOdd
	}
	return &boatOutput{Boat: &boat{in.Names[0], o.region}}, nil
}

func (b *boats) BatchGetBoats(_ context.Context, in *boatInput, _ ...func(*boatOptions)) (*boatOutput, error) {
	out := &boatOutput{}
	for _, name := range in.Names {
		switch name {
		case "odd":
			return nil, errOdd
		case "sunk":
			out.Missing = append(out.Missing, name)
		default:
			out.Boats = append(out.Boats, boat{name, b.region})
		}
	}
	return out, nil
}

// ListBoats has two pages, with a boat on each.
func (b *boats) ListBoats(_ context.Context, in *boatInput, _ ...func(*boatOptions)) (*boatOutput, error) {
	if in.Token == nil {
		return &boatOutput{Boats: []boat{{"a", b.region}}, NextToken: aws.String("2")}, nil
	}
	return &boatOutput{Boats: []boat{{"b", b.region}}}, nil
}

func (b *boats) pager() kind.Pager[boatOptions, *boatOutput] {
	return kind.Tokens(b.ListBoats, func(token *string) *boatInput { return &boatInput{Token: token} },
		func(page *boatOutput) *string { return page.NextToken })
}

// TestCalls reads kinds whose follow-ups are made with the client that the kind declares.
func TestCalls(t *testing.T) {
	t.Parallel()
	names := func(batch []*kind.Resource) *boatInput { return &boatInput{Names: kind.IDs(batch)} }
	name := func(r *kind.Resource) *boatInput { return &boatInput{Names: []string{r.ID}} }
	inPort := func(r *kind.Resource, o *boatOptions) { o.region = "port of " + r.ID }
	a, b := kind.Object{"Name": "a", "Berth": "eu-west-1"}, kind.Object{"Name": "b", "Berth": "eu-west-1"}
	tests := map[string]struct {
		call kind.Call
		ids  []string
		want map[string]kind.Object
		err  error
	}{
		"a member":             {kind.One((*boats).GetBoat, name, kind.Member("Boat")), []string{"a", "b"}, map[string]kind.Object{"a": a, "b": b}, nil},
		"no such member":       {kind.One((*boats).GetBoat, name, kind.Member("Ship")), []string{"a"}, map[string]kind.Object{"a": nil}, nil},
		"the whole":            {kind.One((*boats).GetBoat, name, kind.Whole), []string{"a"}, map[string]kind.Object{"a": {"Boat": a}}, nil},
		"a property":           {kind.One((*boats).GetBoat, name, kind.Property("Boat", "Tags")), []string{"a"}, map[string]kind.Object{"a": {"Tags": a}}, nil},
		"an option":            {kind.One((*boats).GetBoat, name, kind.Member("Boat"), inPort), []string{"a"}, map[string]kind.Object{"a": {"Name": "a", "Berth": "port of a"}}, nil},
		"one that fails":       {kind.One((*boats).GetBoat, name, kind.Whole), []string{"a", "odd"}, nil, errOdd},
		"a batch":              {kind.Batch((*boats).BatchGetBoats, names, kind.ByID("Boats", "Name")), []string{"b", "a"}, map[string]kind.Object{"a": a, "b": b}, nil},
		"a batch that fails":   {kind.Batch((*boats).BatchGetBoats, names, kind.ByID("Boats", "Name")), []string{"a", "odd"}, nil, errOdd},
		"a batch that lacks":   {kind.Batch((*boats).BatchGetBoats, names, kind.ByID("Boats", "Name")), []string{"a", "sunk"}, map[string]kind.Object{"a": a}, nil},
		"a batch of one named": {kind.Batch((*boats).BatchGetBoats, names, kind.ByID("Boats", "Name", "Missing")), []string{"a", "sunk"}, map[string]kind.Object{"a": a}, kind.Failures{"sunk": kind.ErrMissing}},
		"pages": {
			kind.Gathered(func(c *boats, _ kind.Target, _ *kind.Resource) kind.Pager[boatOptions, *boatOutput] { return c.pager() }, "Boats", "Fleet"),
			[]string{"x"}, map[string]kind.Object{"x": {"Fleet": []any{a, b}}}, nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got map[string]kind.Object
			var failed error
			k := &kind.Kind{
				Service: kind.Service{Client: kind.Client(newBoats)},
				List:    kind.Listing{Pages: func(context.Context, kind.Target) kind.Pages { return sequence(test.ids) }},
				Default: []kind.FollowUp{{Size: 10, Call: func(ctx context.Context, target kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
					got, failed = test.call(ctx, target, batch)
					return nil, nil
				}}},
			}
			for range k.Read(t.Context(), kind.Target{Config: aws.Config{Region: "eu-west-1"}}, kind.Options{Parallel: 1, Budget: newPurse(100)}) {
				continue
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			var want, named kind.Failures
			if errors.As(test.err, &want) {
				if !errors.As(failed, &named) || len(named) != len(want) || !errors.Is(named["sunk"], kind.ErrMissing) {
					t.Errorf("error %v, want %v", failed, want)
				}
				return
			}
			if !errors.Is(failed, test.err) || test.err == nil && failed != nil {
				t.Errorf("error %v, want %v", failed, test.err)
			}
		})
	}
}

// TestOneClientForAReading: the listing and all follow-ups share it.
func TestOneClientForAReading(t *testing.T) {
	t.Parallel()
	made := 0
	k := &kind.Kind{
		Service: kind.Service{Client: func(config aws.Config) any {
			made++
			return newBoats(config)
		}},
		List: kind.Listing{Pages: kind.Paged(func(c *boats) kind.Pager[boatOptions, *boatOutput] { return c.pager() }, kind.Objects("Boats", "Name"))},
		Default: []kind.FollowUp{{Call: kind.One((*boats).GetBoat, func(r *kind.Resource) *boatInput {
			return &boatInput{Names: []string{r.ID}}
		}, kind.Member("Boat"))}},
		Document: kind.Form{Properties: "Name"},
	}
	if names, errs := read(t, k); !slices.Equal(names, []string{"a", "b"}) || len(errs) > 0 {
		t.Errorf("names %v, errors %v", names, errs)
	}
	if made != 1 {
		t.Errorf("%d clients were made, want one", made)
	}
	k.Probe(t.Context(), kind.Target{}, nil)
	if made != 2 {
		t.Errorf("a probe made %d clients, want one", made-1)
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	call := kind.Each(func(_ context.Context, target kind.Target, r *kind.Resource) (kind.Object, error) {
		if r.ID == "odd" {
			return nil, errOdd
		}
		return kind.Object{"Arn": target.Region + " " + r.ID}, nil
	})
	got, err := call(t.Context(), kind.Target{Region: "eu-west-1"}, []*kind.Resource{{ID: "b"}, {ID: "a"}})
	want := map[string]kind.Object{"a": {"Arn": "eu-west-1 a"}, "b": {"Arn": "eu-west-1 b"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("answers (-want +got):\n%serror %v", diff, err)
	}
	if got, err := call(t.Context(), kind.Target{}, []*kind.Resource{{ID: "odd"}}); got != nil || !errors.Is(err, errOdd) {
		t.Errorf("answers %v, error %v", got, err)
	}
}

func TestByID(t *testing.T) {
	t.Parallel()
	answer := kind.Object{"Statuses": []any{kind.Object{"Id": "b", "State": "on"}, kind.Object{"Id": "a"}}}
	want := map[string]kind.Object{"a": {"Id": "a"}, "b": {"Id": "b", "State": "on"}}
	got, err := kind.ByID("Statuses", "Id")(nil, answer)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("answers (-want +got):\n%serror %v", diff, err)
	}
	if got, err := kind.ByID("Statuses", "Id")(nil, nil); len(got) != 0 || err != nil {
		t.Errorf("no answer returns %v, %v", got, err)
	}
}

func TestByIDOfWhatIsMissing(t *testing.T) {
	t.Parallel()
	take := kind.ByID("things", "id", "notFound")
	for _, answer := range []kind.Object{nil, {}, {"notFound": []any{}}, {"notFound": nil}} {
		if _, err := take(nil, answer); err != nil {
			t.Errorf("%v returns %v", answer, err)
		}
	}
	_, err := take(nil, kind.Object{"notFound": []any{"a", "b"}})
	var failures kind.Failures
	if !errors.As(err, &failures) || len(failures) != 2 || !errors.Is(failures["a"], kind.ErrMissing) {
		t.Errorf("%v does not name both", err)
	}
}

func TestProperty(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ answer, want kind.Object }{
		"renamed": {kind.Object{"TagSet": []any{}, "Other": 1}, kind.Object{"Tags": []any{}}},
		"null":    {kind.Object{"TagSet": nil}, kind.Object{"Tags": nil}},
		"absent":  {kind.Object{"Other": 1}, nil},
		"nothing": {nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := kind.Property("TagSet", "Tags")(nil, test.answer)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("property (-want +got):\n%serror %v", diff, err)
			}
		})
	}
}
