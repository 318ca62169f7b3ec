package cloudcontrol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// The names of the calls in a mapping's terms. They are not for includeActions.
const (
	listName = "ListResourcesAction"
	readName = "GetResourceAction"
)

// carriedID and carriedRegion are what a resource's properties carry beside those of AWS until
// the document is made: AWS's identifier, and the region in which the resource was read.
const (
	carriedID     = "\x00identifier"
	carriedRegion = "\x00region"
)

// Kind returns the declaration of a type that is read through Cloud Control; nil if there is
// no way to read it ([Type.Unreadable] says why). Each resource is read of which the listing
// does not tell enough.
func Kind(name string) *kind.Kind {
	of, known := Lookup(name)
	if !known {
		return nil
	}
	if why, _ := of.Unreadable(); why != "" {
		return nil
	}
	return newReader(of, asNeeded).kind()
}

// Unreadable says why a type cannot be listed, and what can be done; "" if it can.
func (t Type) Unreadable() (why, fix string) {
	needs, doubtful := t.Parent()
	switch {
	case !t.Listable():
		return "AWS has no call that lists " + t.Name + "; it can only be read by its identifier", "take the kind out of the mapping"
	case needs == nil || t.sources() != nil:
		return "", ""
	}
	why = t.Name + " is listed only beneath a parent, by " + strings.Join(slices.Concat(needs...), ", ") + ", and it is not known where to find these"
	if doubtful {
		why = t.Name + " is most likely listed only beneath a parent, by " + strings.Join(slices.Concat(needs...), ", ") + ", and it is not known where to find these"
	}
	return why, "take the kind out of the mapping"
}

// reader reads the resources of one type.
type reader struct {
	of       Type
	mode     reading
	listsAll bool
}

func newReader(of Type, mode reading) *reader {
	return &reader{of: of, mode: mode, listsAll: of.ListsAll()}
}

func (r *reader) kind() *kind.Kind {
	k := &kind.Kind{
		Type: r.of.Name,
		Service: kind.Service{
			Prefix: "cloudformation", OfferedAs: "cloudcontrolapi", Client: kind.Client(cloudcontrol.NewFromConfig),
		},
		List: kind.Listing{
			Name: listName, Actions: []string{listAction}, NamesOnly: true,
			Pages: r.pages, Questions: []string{question(r.of.Name)},
		},
		Default:  []kind.FollowUp{r.followUp()},
		Behind:   r.behind(),
		Events:   r.of.events(),
		Document: kind.Form{Open: true, Finish: finishing(nil)},
		Confirm:  r.exists,
	}
	for _, parent := range r.of.ParentTypes() {
		k.List.Questions = append(k.List.Questions, question(parent))
	}
	r.place(k)
	return k
}

// question is what listings of a type ask.
func question(of string) string { return listAction + " " + of }

// behind are the actions of the handlers: those of the type, and those that list its parents.
func (r *reader) behind() []string {
	actions := r.of.Permissions()
	for _, parent := range r.of.ParentTypes() {
		if of, known := Lookup(parent); known {
			actions = append(actions, of.Permissions()...)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// followUp is the call that completes a resource, or finds that its listing is enough.
func (r *reader) followUp() kind.FollowUp {
	f := kind.FollowUp{
		Name: readName, Essential: true, Contradicts: []string{goneCode},
		Call: kind.Each(func(ctx context.Context, t kind.Target, one *kind.Resource) (kind.Object, error) {
			if !r.reads(one) {
				return one.Properties, unreadable(one)
			}
			got, err := r.get(ctx, t, one.ID, regionOf(one))
			if answered, _ := got[carriedID].(string); err == nil && answered != one.ID && answered != one.Str(carriedID) {
				one.Strayed = true
			}
			return got, err
		}),
	}
	if r.mode == always || r.mode == asNeeded && !r.of.ListedOnly() {
		f.Actions = []string{readAction}
	}
	return f
}

// get reads one resource, in a region if it is not the target's.
func (r *reader) get(ctx context.Context, t kind.Target, id, region string) (kind.Object, error) {
	return get(ctx, kind.ClientOf[*cloudcontrol.Client](t), r.of, id, region)
}

func get(ctx context.Context, client *cloudcontrol.Client, of Type, id, region string) (kind.Object, error) {
	got, err := kind.Answer(client.GetResource(ctx, &cloudcontrol.GetResourceInput{TypeName: aws.String(of.Name), Identifier: aws.String(id)},
		func(o *cloudcontrol.Options) {
			if region != "" {
				o.Region = region
			}
		}))
	if err != nil {
		return nil, judged(readAction, err)
	}
	description, _ := got["ResourceDescription"].(kind.Object)
	properties, err := model(description)
	if err != nil {
		return nil, &awserr.Error{Op: readAction, Class: awserr.Failed, Err: fmt.Errorf("%s: %w", id, err)}
	}
	properties[carriedID] = id
	if identifier, _ := description["Identifier"].(string); identifier != "" {
		properties[carriedID] = identifier
	}
	if region != "" {
		properties[carriedRegion] = region
	}
	return properties, nil
}

// pages lists the resources of the type. A resource that is listed twice, with the same
// properties, is one. Several with one identifier cannot be read: AWS reads one of them, and
// nobody could tell which of them is gone.
func (r *reader) pages(ctx context.Context, t kind.Target) kind.Pages {
	client := kind.ClientOf[*cloudcontrol.Client](t)
	seed, seen := maphash.MakeSeed(), map[uint64]struct{}{}
	known := func(one *kind.Resource) bool {
		hash := maphash.String(seed, one.ID+"\x00"+one.Str(propertiesMember))
		_, before := seen[hash]
		seen[hash] = struct{}{}
		return before
	}
	all := r.models(ctx, t, func(m resourceModel) kind.Pages {
		return kind.Walk(ctx, cloudcontrol.NewListResourcesPaginator(client, &cloudcontrol.ListResourcesInput{
			TypeName: aws.String(r.of.Name), ResourceModel: m.text(),
		}), func(page kind.Object) []*kind.Resource {
			resources := slices.DeleteFunc(kind.Objects("ResourceDescriptions", "Identifier")(page), known)
			for _, one := range resources {
				r.describe(one)
			}
			return slices.DeleteFunc(resources, func(one *kind.Resource) bool { return !r.belongs(t, one) })
		})
	})
	return func(yield func([]*kind.Resource, error) bool) {
		arns := namesakes{}
		for page, err := range r.placed(ctx, t, all) {
			if err == nil {
				err = r.ambiguous(arns, page)
			}
			if !yield(page, judged(listAction, err)) {
				return
			}
		}
	}
}

// namesakes are the ARNs of resources by their identifiers.
type namesakes map[string]string

// ambiguous returns an error if resources of a page have an identifier that another one has, which
// their ARNs tell: names of some types are unique in a group only, and the identifier is the name.
func (r *reader) ambiguous(arns namesakes, page []*kind.Resource) error {
	if r.of.ARN == "" || slices.Contains(r.of.Identifier, r.of.ARN) {
		return nil
	}
	for _, one := range page {
		is := one.Str(r.of.ARN)
		was, before := arns[one.ID]
		switch {
		case is == "":
		case !before:
			arns[one.ID] = is
		case was != is:
			return &awserr.Error{
				Op: listAction, Class: awserr.Failed,
				Err: fmt.Errorf("%s is the identifier of %s and of %s: Cloud Control reads one of them", one.ID, was, is),
				Fix: "give them names of their own, or take the kind out of the mapping: Cloud Control cannot tell them apart",
			}
		}
	}
	return nil
}

// propertiesMember is the member of a ResourceDescription that holds the resource's properties.
const propertiesMember = "Properties"

// belongs says whether a resource is one of the target's. Trails of several regions, and of the
// Organization, are listed in each region and each of its accounts.
func (r *reader) belongs(t kind.Target, one *kind.Resource) bool {
	if r.of.Name != "AWS::CloudTrail::Trail" {
		return true
	}
	of, err := arn.Parse(one.Str("Arn"))
	return err != nil || of.Region == t.Region && of.AccountID == t.Account
}

// describe gives a listed resource its properties and its ID.
func (r *reader) describe(one *kind.Resource) {
	properties, err := model(one.Properties)
	if err != nil {
		properties = kind.Object{}
		one.Context = kind.Object{brokenKey: err}
	}
	properties[carriedID] = one.ID
	one.Properties = properties
	r.identify(one)
}

// identify makes the resource's ID what GetResource takes. Where a part of a compound identifier
// has the sign that joins the parts, GetResource takes the parts only as an object.
func (r *reader) identify(one *kind.Resource) {
	if len(r.of.Identifier) < 2 || strings.Count(one.ID, "|") == len(r.of.Identifier)-1 {
		return
	}
	parts := kind.Object{}
	for _, name := range r.of.Identifier {
		value := any(one.Properties)
		for step := range strings.SplitSeq(name, "/") {
			object, _ := value.(kind.Object)
			value = object[step]
		}
		if value == nil {
			return // the joined form is all there is
		}
		parts[name] = value
	}
	text, err := json.Marshal(parts)
	if err != nil || len(text) > maxIdentifier {
		return
	}
	one.ID = string(text)
}

// maxIdentifier is the most bytes of an identifier.
const maxIdentifier = 1024

// brokenKey is where a resource carries why its listed properties cannot be read.
const brokenKey = "\x00broken"

// unreadable returns why the listed properties of a resource cannot be read; nil if they can.
func unreadable(one *kind.Resource) error {
	if err, broken := one.Context[brokenKey].(error); broken {
		return &awserr.Error{Op: listAction, Class: awserr.Failed, Err: fmt.Errorf("%s: %w", one.ID, err)}
	}
	return nil
}

var errNoModel = errors.New("the answer describes it without properties")

// model decodes the properties of a ResourceDescription, a text with an object in JSON.
func model(description kind.Object) (kind.Object, error) {
	text, ok := description[propertiesMember].(string)
	if !ok {
		return nil, errNoModel
	}
	properties, err := answer.Decode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("its properties are not an object in JSON: %w", err)
	}
	return properties, nil
}

// finishing makes a document what mappings of either integration expect, without the members
// that are withheld, except those with one of the names.
func finishing(secrets []string) func(kind.Target, *kind.Resource, kind.Object) {
	return func(t kind.Target, r *kind.Resource, document kind.Object) {
		properties, _ := document["Properties"].(kind.Object)
		identifier, region := r.ID, t.Region
		if carried, ok := properties[carriedID].(string); ok {
			identifier = carried
		}
		if carried, ok := properties[carriedRegion].(string); ok {
			region = carried
		}
		delete(properties, carriedID)
		delete(properties, carriedRegion)
		typeName, _ := document["Type"].(string)
		document["Properties"] = stripped(typeName, properties, secrets)
		document["Identifier"] = identifier
		extra := kind.Object{"AccountId": t.Account, "Region": region}
		document["__ExtraContext"] = extra
		document["__Kind"], document["__AccountId"], document["__Region"] = typeName, t.Account, region
	}
}

// copied returns a kind of its own with other optional follow-ups.
func copied(k *kind.Kind, optional ...kind.FollowUp) *kind.Kind {
	own := *k
	own.Optional = slices.Concat(k.Optional, optional)
	own.Behind = slices.Clone(k.Behind)
	own.Document.Renamed = maps.Clone(k.Document.Renamed)
	return &own
}
