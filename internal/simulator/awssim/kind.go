package awssim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// kind is a kind of resource that an estate can hold. The kinds of a population are made
// up from it.
type kind struct {
	name string // CloudFormation's
	// form is the form of an ID, from the service's API reference.
	form *regexp.Regexp
	// arn stands before the ID in an ARN of the service: "cluster/".
	arn string
	// things are the second words of the made-up names.
	things []string
	// ids makes the IDs of a population: orders-web-001 if it is empty.
	ids ids
	// owner is the kind to which resources belong. Those of a population belong to the
	// owners' population in turn.
	owner string
	// joint stands between the owner's ID and the rest of an ID; it is empty if an ID
	// does not contain the owner's.
	joint string
	// belongs returns the ID of a resource's owner if the resource's own does not contain it.
	belongs func(*Resource) string
	// tie is the attribute in which a resource of a population says whose it is, if neither
	// its ID nor its place does.
	tie string
	// history is true if the resources happened at some time. The population of a history
	// is in order of time, the newest first.
	history bool
	// inseparable is true if a resource is gone as soon as its owner is.
	inseparable bool
	// apart is true of what no mapping names.
	apart bool
	// old is true if the resources appeared before all that belongs to them happened.
	old bool

	service *service
}

// kinds are the kinds by name.
var kinds = map[string]*kind{}

// Kinds returns the kinds that an estate can hold, sorted.
func Kinds() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(kinds)), func(name string) bool { return kinds[name].apart })
}

// arn returns the ARN of a resource of a kind in the call's account and region. The region
// of a resource is that of the call.
func (c *call) arn(kind, id string) string {
	k := kindNamed(kind)
	return c.server.arn(k.service.name, c.signature.region, c.caller.account, k.arn+id)
}

// cutARN returns the ID in an ARN of the kind, the account and the region.
func (c *call) cutARN(kind, arn string) (id string, ok bool) {
	return strings.CutPrefix(arn, c.arn(kind, ""))
}

// ids makes the ID of the resource of a population that has an index, without the owner's,
// and traces it back. What index returns need not be right: the ID is made again and compared.
type ids struct {
	id    func(o origin, index int) string
	index func(o origin, id string) (int, bool)
}

// names are a team and a thing with a number: orders-web-001. Of what belongs to something
// it is the thing and the number. shape changes the name.
func names(shape func(o origin, d *die, name, number string) string) ids {
	return ids{
		id: func(o origin, index int) string {
			d := o.die(index)
			name := ""
			if o.kind.owner == "" {
				name = pick(d, teams) + "-"
			}
			return shape(o, d, name+pick(d, o.kind.things), fmt.Sprintf("%03d", index+1))
		},
		index: func(_ origin, id string) (int, bool) {
			number := id[strings.LastIndexByte(id, '-')+1:]
			if end := strings.IndexAny(number, ".:"); end >= 0 {
				number = number[:end]
			}
			n, err := strconv.Atoi(number)
			return n - 1, err == nil
		},
	}
}

var plainNames = names(func(_ origin, _ *die, name, number string) string { return name + "-" + number })

// hexadecimal are hexadecimal numbers behind a prefix.
func hexadecimal(prefix string) ids {
	return ids{
		id: func(o origin, index int) string { return fmt.Sprintf("%s%016x", prefix, scramble(index, o.seed())) },
		index: func(o origin, id string) (int, bool) {
			x, err := strconv.ParseUint(strings.TrimPrefix(id, prefix), 16, 64)
			return int(unscramble(x, o.seed())), err == nil
		},
	}
}

var uuids = ids{
	id:    func(o origin, index int) string { return longID(index, o.seed()) },
	index: func(o origin, id string) (int, bool) { return longIndex(id, o.seed()) },
}

// origin is the place of a population; it determines everything in it.
type origin struct {
	account, region string
	kind            *kind
	lineage         *lineage // of what belongs to something
}

func (o origin) seed() uint64 {
	if o.kind.name == Instance { // golden reports have these IDs
		return uint64(*dieOf(o.account, o.region))
	}
	return uint64(*dieOf(o.kind.name, o.account, o.region))
}

func (o origin) die(index int) *die {
	d := dieOf(o.kind.name, o.account, o.region)
	*d ^= die(uint64(index) * spread)
	return d
}

func (o origin) ids() ids {
	if o.kind.ids.id == nil {
		return plainNames
	}
	return o.kind.ids
}

// id names the resource with an index.
func (o origin) id(index int) string {
	own := o.ids().id(o, index)
	if o.kind.joint == "" {
		return own
	}
	return o.ownerID(index) + o.kind.joint + own
}

// index finds the index of the resource with an id, which need not be below the
// population's number.
func (o origin) index(id string) (int, bool) {
	own := id
	if o.kind.joint != "" {
		own = id[strings.LastIndex(id, o.kind.joint)+1:]
	}
	index, ok := o.ids().index(o, own)
	return index, ok && index >= 0 && index < 1<<31 && o.id(index) == id
}

// ownerID names what the resource with an index belongs to.
func (o origin) ownerID(index int) string {
	return o.lineage.owner.id(index % o.lineage.owners)
}

// ownerOf is the ID of the resource's owner, if the resource contains it.
func ownerOf(r *Resource) string {
	k := kindNamed(r.Kind)
	if k.belongs != nil {
		return k.belongs(r)
	}
	return r.ID[:max(strings.LastIndex(r.ID, k.joint), 0)]
}
