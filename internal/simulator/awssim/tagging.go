package awssim

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Of the Resource Groups Tagging API only GetResources is simulated, for resources that are
// named by their ARNs.
func init() {
	tagging := service{
		name: "tagging", wire: &jsonWire{target: "ResourceGroupsTaggingAPI_20170126", version: "1.1", message: "Message"},
		dialect: jsonDialect.with(func(d *dialect) {
			d.throttled = refuse(400, "ThrottledException", "Rate exceeded")
			d.failed = refuse(500, "InternalServiceException", "The request processing failed because of an unknown error.")
			d.badParameter = refuse(400, "InvalidParameterException", "")
			d.badToken = refuse(400, "PaginationTokenExpiredException", "The pagination token has expired.")
		}),
		scope:  everything,
		limits: []Limit{{Operation: "GetResources", Rate: 15, Burst: 15}},
	}
	// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
	tagging.serve(operation{
		name: "GetResources", action: "tag:GetResources",
		takes:  members{"ResourceARNList": isList, "ResourceTypeFilters": isList, "ResourcesPerPage": isNumber, "PaginationToken": isText},
		answer: taggedResources,
	})
}

// mostARNs is how many resources a call may name.
const mostARNs = 100

// taggedResources answers with the tags of the named resources that have any. What does not
// exist, was never tagged, or is not in the call's account and region, is left out.
func taggedResources(c *call) (object, error) {
	bad := c.service.dialect.badParameter
	arns := c.texts("ResourceARNList")
	switch {
	case len(arns) == 0:
		return nil, bad.saying("only a list of ARNs is simulated")
	case len(arns) > mostARNs:
		return nil, bad.saying("Cannot specify more than %d ResourceARNs", mostARNs)
	}
	for _, alone := range []string{"ResourceTypeFilters", "ResourcesPerPage", "PaginationToken"} {
		if _, given := c.input[alone]; given {
			return nil, bad.saying("ResourceARNList cannot be specified with %s", alone)
		}
	}
	told := c.server.world.told()
	list := []object{}
	for i, arn := range arns {
		parts := strings.SplitN(arn, ":", 6)
		if len(parts) < 6 || parts[0] != "arn" || parts[1] != c.server.world.partition {
			return nil, bad.saying("ResourceARN %s is not valid", arn)
		}
		tags, found := c.tagsOf(parts, arn)
		if instead, other := told.tags[arn]; other {
			tags, found = instead, instead != nil
		}
		if !found || slices.Contains(arns[:i], arn) {
			continue
		}
		pairs := tagList(tags, "Key", "Value")
		if told.reversed {
			slices.Reverse(pairs)
		}
		list = append(list, object{{"ResourceARN", arn}, {"Tags", pairs}})
	}
	place := func(o object) uint64 { return dieOf("mapping", o.get("ResourceARN").(string)).next() }
	slices.SortFunc(list, func(a, b object) int { return cmp.Compare(place(a), place(b)) }) // in no order to rely on
	return object{{"PaginationToken", ""}, {"ResourceTagMappingList", list}}, nil
}

// tagsOf returns the tags of a resource of the call's account and region.
func (c *call) tagsOf(parts []string, arn string) (map[string]string, bool) {
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		if kinds[name].service.name != parts[2] {
			continue
		}
		if id, ok := c.cutARN(name, arn); ok && kinds[name].form.MatchString(id) {
			if r, there := c.known(name, id); there && len(r.Tags) > 0 {
				return r.Tags, true
			}
		}
	}
	return nil, false
}

// taggingTold is what the tagging API says that is not so.
type taggingTold struct {
	tags     map[string]map[string]string // by ARN
	reversed bool
}

func (w *world) told() taggingTold {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.tagging
}

// TellTags lets the tagging API say other tags of a resource than it has, as if it were
// late; nil lets it leave the resource out.
func (s *Server) TellTags(arn string, tags map[string]string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	told := maps.Clone(s.world.tagging.tags)
	if told == nil {
		told = map[string]map[string]string{}
	}
	told[arn] = maps.Clone(tags)
	s.world.tagging.tags = told
}

// ReverseTags turns around the order in which the tagging API names tags.
func (s *Server) ReverseTags() {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.tagging.reversed = true
}
