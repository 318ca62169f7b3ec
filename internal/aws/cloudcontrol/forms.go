package cloudcontrol

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"

	"portolan/internal/aws/kind"
)

// Want is how an entry of a mapping wants the documents of a kind.
type Want struct {
	// CloudControl asks for the form of Cloud Control, or refuses it; nil leaves it to what the
	// entry names.
	CloudControl *bool
	// Read asks for each resource to be read after it is listed, or for none; nil: as needed.
	Read *bool
	// GroupResources asks for the resources of a resource group.
	GroupResources bool
	// Secrets are the members that are wanted although they may hold secrets.
	Secrets []string
	// Names says whether an expression of the entry names a member of the document itself.
	Names func(member string) bool
}

// formerly are members that only documents of Cloud Control and of Ocean's older integration
// have: who names one wants such a document.
var formerly = []string{"__Kind", "__AccountId", "__Region", "Identifier"}

// The names of optional follow-ups that stand for a form of documents. They are not for
// includeActions.
const (
	formAction   = "CloudControlForm"
	flatAction   = "FlatForm"
	groupsAction = "ListGroupResourcesAction"
	secretAction = "IncludeSecrets "
)

// Shape returns the kind that serves all entries of a mapping that want a kind, and the optional
// follow-ups of each, in the order of the entries. It is the kind itself if they want nothing
// else.
func Shape(k *kind.Kind, wants []Want) (*kind.Kind, [][]string) {
	actions := make([][]string, len(wants))
	f := formsOf(k)
	if !f.several() {
		return generic(k, wants, actions)
	}
	shaped := k
	add := func(i int, follow kind.FollowUp) {
		actions[i] = append(actions[i], follow.Name)
		if !slices.Contains(shaped.OptionalNames(), follow.Name) {
			shaped = copied(shaped, follow)
		}
	}
	for i, w := range wants {
		switch f.wanted(w) {
		case formAction:
			of, _ := Lookup(k.Type)
			add(i, formed(of, f.identify))
			if len(w.Secrets) > 0 {
				add(i, secretly(w.Secrets))
			}
			shaped.Behind = of.Permissions()
		case flatAction:
			add(i, flattened(f.flat))
		}
		if w.GroupResources && k.Type == groupsType {
			actions[i] = append(actions[i], groupsAction)
		}
	}
	return shaped, actions
}

// forms are the forms that documents of a kind may have beside its own.
type forms struct {
	flat     *kind.Form // nil if there is none, or it is the kind's own
	identify identifier // nil without the form of Cloud Control
	former   bool       // the kind's own form is that of the older integration
}

func formsOf(k *kind.Kind) forms {
	if own, _ := Resolve(k.Type); own != k {
		return forms{} // somebody else's
	}
	f := forms{identify: identifiers[k.Type]}
	if of := formers[k.Type]; of != nil {
		f.former = of.kind != nil
		if f.identify == nil {
			f.identify = of.identify
		}
		if !f.former {
			form := of.form()
			f.flat = &form
		}
	}
	return f
}

func (f forms) several() bool { return f.flat != nil || f.identify != nil || f.former }

// wanted says which form of documents an entry wants: "" for the kind's own.
func (f forms) wanted(w Want) string {
	names := func(member string) bool { return w.Names != nil && w.Names(member) }
	switch {
	case w.CloudControl != nil && *w.CloudControl && f.identify != nil:
		return formAction
	case w.CloudControl != nil || w.GroupResources:
		return ""
	case f.former && f.identify != nil && (w.Read != nil || names("Properties") || names("Identifier")):
		return formAction
	case f.former:
		return ""
	case f.flat != nil && !names("Properties") && !names("Identifier"):
		return flatAction
	case f.identify != nil && (w.Read != nil || slices.ContainsFunc(formerly, names)):
		return formAction
	}
	return ""
}

// formed is the follow-up that reads a resource of a kind with its own listing in the form of
// Cloud Control. The listing says that the resource exists: if Cloud Control does not find it,
// it was not read.
func formed(of Type, identify identifier) kind.FollowUp {
	return kind.FollowUp{
		Name: formAction, Actions: []string{readAction}, Essential: true, Form: &kind.Form{Open: true, Finish: finishing(nil)},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			id, region := identify(t, r)
			return get(ctx, cloudcontrol.NewFromConfig(t.Config), of, id, region)
		}),
	}
}

// flattened makes documents whose members stand at the top, as Ocean's older integration has
// them, besides where they stand in the kind's own form.
func flattened(form *kind.Form) kind.FollowUp {
	return kind.FollowUp{Name: flatAction, Form: form, Call: nothingAsked}
}

// secretly is the form of documents with members that may hold secrets.
func secretly(secrets []string) kind.FollowUp {
	return kind.FollowUp{Name: secretName(secrets), Form: &kind.Form{Open: true, Finish: finishing(secrets)}, Call: nothingAsked}
}

func secretName(secrets []string) string {
	return secretAction + strings.Join(slices.Sorted(slices.Values(secrets)), " ")
}

// nothingAsked is the Call of a follow-up that only changes the form.
var nothingAsked = kind.Each(func(context.Context, kind.Target, *kind.Resource) (kind.Object, error) { return nil, nil })

// generic shapes a kind that is read through Cloud Control alone. Entries that want all resources
// read, or those that need it, share the reads; others get what the listing tells.
func generic(k *kind.Kind, wants []Want, actions [][]string) (*kind.Kind, [][]string) {
	of, known := Lookup(k.Type)
	if !known || k.Confirm == nil {
		return k, actions
	}
	all, some, none := false, false, false
	for _, w := range wants {
		switch {
		case w.Read == nil:
			some = true
		case *w.Read:
			all = true
		default:
			none = true
		}
	}
	shaped := k
	switch {
	case none && (all || some):
		r := newReader(of, asNeeded)
		if all {
			r.mode = always
		}
		shaped = newReader(of, never).kind()
		shaped.Default = nil
		shaped.Optional = []kind.FollowUp{r.followUp(), newReader(of, never).listedOnly()}
		for i, w := range wants {
			name := readName
			if w.Read != nil && !*w.Read {
				name = listedAction
			}
			actions[i] = append(actions[i], name)
		}
	case none:
		shaped = newReader(of, never).kind()
	case all:
		shaped = newReader(of, always).kind()
	}
	for i, w := range wants {
		if len(w.Secrets) == 0 {
			continue
		}
		name := secretName(w.Secrets)
		actions[i] = append(actions[i], name)
		if !slices.Contains(shaped.OptionalNames(), name) {
			shaped = copied(shaped, secretly(w.Secrets))
		}
	}
	return shaped, actions
}

// listedAction stands for documents of what the listing tells, beside others that are read.
const listedAction = "ListedForm"

// listedOnly withholds the documents of resources whose listing cannot be read.
func (r *reader) listedOnly() kind.FollowUp {
	f := r.followUp()
	f.Name = listedAction
	return f
}
