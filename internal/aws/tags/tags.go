// Package tags reads the tags of many resources with few calls to AWS's Resource Groups
// Tagging API, and decides whether they are as good as those that the service itself
// answers.
//
// AWS says which tags the tagging API knows, but not how late they may be, nor what it
// means if a resource is missing. So an answer of the tagging API only fills in the tags of
// a resource that the service has listed, and only if it names some. Whatever it leaves out,
// or names without tags, is read natively. In each cell some resources are read both ways.
// The first difference sends the kind back to the native calls for the rest of the run, and
// so does a refusal for the account and region; either is in the report.
//
// The package never says that a resource exists, or that it does not, or that it has no
// tags. It knows no kinds, and its failures are nobody else's: they only cost calls.
package tags

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// Service is the prefix of the tagging API's actions in IAM.
const Service = "tag"

const operation = Service + ":GetResources"

// most is how many resources a call may name.
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
const most = 100

// least is how many resources make it worth a call, and one that is read both ways.
const least = 4

// samples is how many resources of a cell are read both ways, and refusals how many of them
// may be refused natively, as a key's own policy does.
const (
	samples  = 2
	refusals = 3
)

// Place is where tags are read: the cells of a kind in an account and region.
type Place struct{ Account, Region, Kind string }

// Reader reads the tags of one place. It is a [kind.Tagger].
type Reader struct {
	run    *Run
	place  Place
	client func() *tagging.Client // most cells never need it
}

// Reader returns the reader of a place. The config is that of the account and region.
func (r *Run) Reader(config func() aws.Config, place Place) *Reader {
	return &Reader{run: r, place: place, client: sync.OnceValue(func() *tagging.Client { return tagging.NewFromConfig(config()) })}
}

// Try asks for the tags of one resource.
func (r *Reader) Try(ctx context.Context, arn string) error {
	_, err := r.ask(ctx, []string{arn})
	return err
}

// Differs says that a resource has tags natively of which the tagging API knows none. It
// sends the kind back to the native calls.
func (r *Reader) Differs(arn string) { r.run.differs(r.place, arn) }

// Open begins the reading of a cell.
func (r *Reader) Open(t kind.Target, form kind.TagForm, call kind.Call) kind.TagAnswers {
	c := cell{Reader: r, target: t, form: form, call: call}
	return c.answers
}

// cell is the reading of a cell.
type cell struct {
	*Reader
	target  kind.Target
	form    kind.TagForm
	call    kind.Call
	checked bool
}

// answers returns the tags of those resources that have some; all says that
// the tagging API was asked about all of them, is trusted, and knows of no tags of the others.
func (c *cell) answers(ctx context.Context, resources []*kind.Resource) (answers map[string]kind.Object, all bool) {
	all = true
	if len(resources) < least || !c.run.trusts(c.place) {
		return nil, false
	}
	pairs := make(map[string][][2]string)
	for batch := range slices.Chunk(c.arns(resources), most) {
		named, err := c.ask(ctx, batch)
		if err != nil {
			if ctx.Err() == nil {
				c.run.refused(c.place, err)
			}
			return nil, false
		}
		for arn, of := range named {
			pairs[arn] = of
		}
	}
	tagged := slices.DeleteFunc(slices.Clone(resources), func(r *kind.Resource) bool { return len(pairs[c.form.ARNOf(r)]) == 0 })
	answers = make(map[string]kind.Object, len(tagged))
	for _, r := range tagged {
		answers[r.ID] = kind.Object{c.form.Property: c.form.Tags(pairs[c.form.ARNOf(r)])}
	}
	if !c.checked && len(tagged) > 0 {
		if !c.check(ctx, c.order(tagged, pairs), answers) {
			return nil, false
		}
		c.checked = true
	}
	for _, of := range pairs {
		all = all && of != nil
	}
	if !c.run.trusts(c.place) { // another cell has found a difference meanwhile
		return nil, false
	}
	return answers, all
}

// arns returns the ARNs of resources, each once.
func (c *cell) arns(resources []*kind.Resource) []string {
	arns := make([]string, 0, len(resources))
	for _, r := range resources {
		if arn := c.form.ARNOf(r); arn != "" {
			arns = append(arns, arn)
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// order returns the order in which resources are read both ways: the one with the most tags,
// which shows whether their order is the same, and then the others by chance.
func (c *cell) order(tagged []*kind.Resource, pairs map[string][][2]string) []*kind.Resource {
	shuffled := slices.Clone(tagged)
	rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	richest := 0
	for i, r := range shuffled {
		if len(pairs[c.form.ARNOf(r)]) > len(pairs[c.form.ARNOf(shuffled[richest])]) {
			richest = i
		}
	}
	shuffled[0], shuffled[richest] = shuffled[richest], shuffled[0]
	return shuffled
}

// check reads some resources natively, and says whether the answers are the same. One that
// is refused or gone proves nothing, and another takes its place. Any other error does
// not either: the cell is read natively, where the error is told.
func (c *cell) check(ctx context.Context, resources []*kind.Resource, answers map[string]kind.Object) bool {
	same, refused := 0, 0
	for _, r := range resources {
		if same == samples || refused == refusals {
			break
		}
		native, err := c.call(ctx, c.target, []*kind.Resource{r})
		switch awserr.ClassOf(err) {
		case awserr.None:
		case awserr.NotFound:
			delete(answers, r.ID)
			refused++
			continue
		case awserr.Denied, awserr.Closed:
			refused++
			continue
		default:
			return false
		}
		if !reflect.DeepEqual(native[r.ID], answers[r.ID]) {
			c.run.differs(c.place, c.form.ARNOf(r))
			return false
		}
		same++
	}
	return same > 0
}

// ask returns the tags of resources as the tagging API names them, by ARN. It leaves out
// what was not asked for. The tags are nil if a resource is named twice, or one of them lacks
// its key or value: then nothing is known.
func (r *Reader) ask(ctx context.Context, arns []string) (map[string][][2]string, error) {
	if len(arns) == 0 {
		return nil, nil
	}
	out, err := r.client().GetResources(ctx, &tagging.GetResourcesInput{ResourceARNList: arns})
	if err != nil {
		return nil, awserr.New(operation, err)
	}
	told := make(map[string][][2]string, len(out.ResourceTagMappingList))
	times := make(map[string]int)
	for _, mapping := range out.ResourceTagMappingList {
		arn := aws.ToString(mapping.ResourceARN)
		if !slices.Contains(arns, arn) {
			continue
		}
		if times[arn]++; times[arn] > 1 {
			told[arn] = nil
			continue
		}
		pairs := make([][2]string, 0, len(mapping.Tags))
		for _, tag := range mapping.Tags {
			if tag.Key == nil || tag.Value == nil {
				pairs = nil
				break
			}
			pairs = append(pairs, [2]string{*tag.Key, *tag.Value})
		}
		told[arn] = pairs
	}
	return told, nil
}
