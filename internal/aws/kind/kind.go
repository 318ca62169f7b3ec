package kind

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Object is a JSON object. Its values are nil, bool, string, json.Number, int,
// float64, []any and Object, so that JQ and encoding/json take it as it is.
type Object = map[string]any

// Scope says where the resources of a kind live, and thus which cells it has.
type Scope int

// The scopes. A regional kind has a cell for each region of an account, a global
// kind one for each account, and a management kind one for the whole run, which is read
// from the first account that is allowed to.
const (
	Regional Scope = iota
	Global
	Management
)

// String returns the scope's name in the documentation.
func (s Scope) String() string {
	return [...]string{"regional", "global", "management"}[s]
}

// Target is where a kind is read: one account in one region. Config carries the
// account's credentials and the region.
type Target struct {
	Account     string // twelve digits
	AccountName string
	Region      string // us-east-1
	Partition   string // aws, aws-us-gov, aws-cn
	// Since is the time from which histories are read; zero reads all of them.
	Since  time.Time
	Config aws.Config
	// Tags, unless it is nil, is asked for the tags of many resources at once.
	Tags Tagger

	client    any          // of the kind's service, for the reading; see ClientOf
	remembers *remembering // nil if the reading asks about everything
	untagged  Untagged     // nil if nobody remembers what had no tags
}

// ARN returns the ARN of a resource of the target: service "codedeploy" and resource
// "application:shop" make arn:aws:codedeploy:us-east-1:111122223333:application:shop.
func (t Target) ARN(service, resource string) string {
	return "arn:" + t.Partition + ":" + service + ":" + t.Region + ":" + t.Account + ":" + resource
}

// Kind declares an AWS resource type. The zero values mean: regional, a closed form, no
// follow-ups.
type Kind struct {
	// Type is the name that mappings use, AWS::SQS::Queue.
	Type string
	// Service is the service whose calls the listing and the follow-ups make.
	Service Service
	Scope   Scope
	// History marks resources that only time removes, like builds. They are read from
	// Target.Since on.
	History bool
	// Home, unless it is nil, returns the region of a partition in which a global kind is asked
	// first.
	Home func(partition string) string
	// List finds the resources.
	List Listing
	// Default follow-ups always run, in this order. Optional ones run only if a mapping
	// names them.
	Default  []FollowUp
	Optional []FollowUp
	// Lasting, unless it is nil, says about what AWS need not be asked again.
	Lasting *Lasting
	// Behind are the IAM actions of calls that AWS makes with the role's credentials to answer
	// the kind's own: those of the handlers behind Cloud Control.
	Behind []string
	// Events says which events tell that a cell of the kind may have changed.
	Events Events
	// Document is the form of the kind's documents.
	Document Form
	// Confirm, unless it is nil, says that a complete listing alone does not prove that a
	// resource is gone, because the service is known to end its lists short. It asks about
	// one resource, by Resource.ID. The resource is gone only if a complete listing lacks it
	// and Confirm returns false and no error. Confirm returns an error for whatever says
	// neither that the resource exists nor, with an error of AWS's own about this very
	// resource, that it does not: a refusal, a failure, a bare HTTP status. It is called with
	// an open target, as the listing is ([ClientOf]). See [Kind.Confirming].
	Confirm func(ctx context.Context, t Target, id string) (exists bool, err error)
}

// Service is an AWS service, under its several names.
type Service struct {
	// Prefix is the IAM prefix of its calls, "sqs". Reports count calls by it.
	Prefix string
	// OfferedAs is its name in AWS's own list of services by region, which may differ from
	// its other names: "kafka" for Amazon MSK. It is empty if the kind calls no service.
	// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-global-infrastructure.html
	OfferedAs string
	// Client makes the service's client, once for each reading. It is nil if the kind calls
	// no service. See [Client].
	Client func(aws.Config) any
}

// Listing is the call, or the chain of calls, that finds all resources of a kind
// in a target.
type Listing struct {
	// Name is the action's name in mappings, "ListQueuesAction".
	Name string
	// Actions are the IAM actions that the listing needs, "sqs:ListQueues".
	Actions []string
	// PageSize is the most resources on a page; 0 means a hundred.
	PageSize int
	// NamesOnly says that a page holds little more than names: resources take up memory
	// only when follow-ups have completed them, a hundred at a time.
	NamesOnly bool
	// Pages opens the listing: [Paged], or its own function. It makes no call before the
	// first page is asked for.
	Pages func(ctx context.Context, t Target) Pages
	// Nothing holds the error codes which say that there is nothing to list here at all,
	// unlike those which say that a list could not be read.
	Nothing []string
	// Questions are what the reading asks that other readings may ask as well; nil means its
	// actions. They are for an operation that lists many things: "cloudformation:ListResources
	// AWS::EKS::Cluster".
	Questions []string
}

// held is how many resources are in memory at a time, complete.
func (l *Listing) held() int {
	if l.PageSize == 0 || l.NamesOnly {
		return 100
	}
	return l.PageSize
}

// Pages is a sequence of pages of resources, and of errors in place of pages.
type Pages = iter.Seq2[[]*Resource, error]

// Resource is one resource on its way to a document.
type Resource struct {
	// ID joins the answers of follow-ups to the resource: an ARN, a URL, a name.
	ID string
	// Parent is the ID of the resource beneath which this one was listed, if any.
	Parent string
	// Properties are what AWS answered, under AWS's names.
	Properties Object
	// Context is what __ExtraContext says besides account and region.
	Context Object
	// Strayed says that AWS, asked about the resource, described one with another identifier. It is
	// set by whoever asked, and proves nothing about either.
	Strayed bool

	withheld bool // it does not exist, or an essential follow-up failed
	standing standing
	listed   Proof            // of what was listed, if it may last
	optional []optionalAnswer // in the order of the follow-ups
}

// optionalAnswer is what an optional follow-up found out about a resource.
type optionalAnswer struct {
	name     string
	form     *Form
	answer   Object
	withheld bool // it failed, and there is no document with it
}

// Str returns a property that is a string; "" if it is absent or not a string.
func (r *Resource) Str(name string) string {
	s, _ := r.Properties[name].(string)
	return s
}

// FollowUp is a call that completes resources which the listing found.
//
// What its answer may conclude about a resource:
//
//   - A follow-up that is not essential never removes a resource. The document lacks
//     what AWS does not find, refuses for good, or denies; a denial is an error besides.
//     Any other failure withholds the document, because one without the property would
//     take the property out of Port.
//   - An essential follow-up removes a resource if AWS names this very resource as not
//     existing: with a code of Gone, asked about it alone, or by [Failures]. A resource
//     that AWS refuses for good is a [RefusedError]. Anything else is an error, and says
//     nothing about whether the resource exists; this includes a batch's answer that
//     merely leaves the resource out.
//   - Where the service is known to deny what exists, such a code is one of Contradicts: the
//     resource has no document, and a [ContradictedError] says that it was listed.
type FollowUp struct {
	// Name is what mappings write under includeActions. It is empty for a default
	// follow-up that makes no call.
	Name string
	// Actions are the IAM actions that it needs; none if it makes no call.
	Actions []string
	// Size is the most resources that one call takes; 0 means one.
	Size int
	// Call asks AWS about at most Size resources: [One], [Batch], [Gathered] or [Each]. It
	// is nil if the listing has asked already, or has the answer.
	Call Call
	// Essential marks a call without which there is no document, like a Describe after a
	// List of names: if it fails, the resource is withheld. Without any other call the
	// document lacks a property.
	Essential bool
	// Gone holds, for an essential call, the error codes which say that the resource
	// itself does not exist, not its parent or something else that the call names. It is
	// empty if the service has no such code.
	Gone []string
	// Contradicts holds, for an essential call, the error codes which deny a resource that the
	// listing names, and prove nothing.
	Contradicts []string
	// Absent holds the error codes which say that the resource exists but has no such
	// configuration. Instead is merged then.
	Absent  []string
	Instead Object
	// Form, unless it is nil, is the form of the documents with an optional follow-up's answer,
	// which is then all of their properties unless it is empty.
	Form *Form
	// Bulk, unless it is nil, is asked first, about all resources in memory. Call is asked
	// about those that it does not answer.
	Bulk *Bulk
}

// Bulk finds out with few calls what a follow-up's Call finds out about each resource. It
// has no errors: what it does not know for sure it leaves to Call, which decides what a
// failure means. So it costs nothing but calls if it is denied, and it never says that a
// resource does not exist.
type Bulk struct {
	// Actions are the IAM actions that it needs, besides those of the follow-up, that of the
	// first call first.
	Actions []string
	// Open begins a reading. It makes no call. It returns nil if the target cannot be asked
	// in bulk; otherwise also the call about what is left, which is that of the follow-up or
	// makes it.
	Open func(t Target, call Call) (BulkAnswers, Call)
	// Try makes the first of the calls, for as little as AWS returns; a refusal says which
	// permission is missing. R is a resource that exists.
	Try func(ctx context.Context, t Target, r *Resource) error
}

// BulkAnswers returns the answers about some of a reading's resources, by Resource.ID. The
// map is nil if there are none.
type BulkAnswers func(ctx context.Context, resources []*Resource) map[string]Object

// AllActions returns the IAM actions of the listing, of the default follow-ups and of the
// named optional ones (all of them if names is nil), sorted, without duplicates.
func (k *Kind) AllActions(names []string) []string {
	actions := slices.Clone(k.List.Actions)
	for _, f := range k.Default {
		actions = append(actions, f.Actions...)
	}
	for _, f := range k.Optional {
		if names == nil || slices.Contains(names, f.Name) {
			actions = append(actions, f.Actions...)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// Questions returns what a reading with the named optional follow-ups asks that other readings
// may ask as well.
func (k *Kind) Questions(names []string) []string {
	if k.List.Questions != nil {
		return k.List.Questions
	}
	return k.AllActions(names)
}

// Permissions returns the IAM actions that a read role should allow for the kind: all of its
// actions, those behind them, and those that only save calls ([Bulk]). They are sorted,
// without duplicates.
func (k *Kind) Permissions() []string {
	actions := append(k.AllActions(nil), k.Behind...)
	for _, f := range slices.Concat(k.Default, k.Optional) {
		if f.Bulk != nil {
			actions = append(actions, f.Bulk.Actions...)
		}
	}
	if k.Lasting != nil && k.Lasting.Tags != nil && k.Lasting.Tags.InBulk {
		actions = append(actions, getResources)
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// OptionalNames returns the names of the optional follow-ups, in the kind's order.
func (k *Kind) OptionalNames() []string {
	names := make([]string, 0, len(k.Optional))
	for _, f := range k.Optional {
		names = append(names, f.Name)
	}
	return names
}

// DefaultNames returns the names of what always runs. A mapping may name them, without
// effect.
func (k *Kind) DefaultNames() []string {
	names := []string{k.List.Name}
	for _, f := range k.Default {
		if f.Name != "" {
			names = append(names, f.Name)
		}
	}
	return names
}

// Among returns a function that finds a kind by its type; it returns nil if there is none.
func Among(kinds []*Kind) func(name string) *Kind {
	return func(name string) *Kind {
		if at := slices.IndexFunc(kinds, func(k *Kind) bool { return k.Type == name }); at >= 0 {
			return kinds[at]
		}
		return nil
	}
}
