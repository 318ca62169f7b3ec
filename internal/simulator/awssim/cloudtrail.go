package awssim

import (
	"regexp"
	"slices"
)

// LogTrail is a trail of CloudTrail. Its attributes are IsMultiRegionTrail, IsOrganizationTrail,
// IsLogging, which is true unless it is given, EventSelectors and AdvancedEventSelectors. Without
// these, it logs all management events. No mapping names it here: the type of the same service is
// Cloud Control's own.
const LogTrail = "CloudTrail::Trail"

func init() {
	trails := service{
		name: "cloudtrail", wire: &jsonWire{target: "CloudTrail_20131101", version: "1.1"}, dialect: jsonDialect,
		scope: func(c *call) string {
			return c.server.arn("cloudtrail", c.signature.region, c.caller.account, "trail/*")
		},
		limits: []Limit{{Operation: "*", Rate: 10, Burst: 10}},
	}
	trails.simulate(
		kind{name: LogTrail, form: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{2,127}$`), arn: "trail/", things: []string{"log"}, apart: true},
		operation{name: "DescribeTrails", takes: members{"includeShadowTrails": isFlag}, answer: describeTrails},
		operation{name: "GetTrailStatus", takes: members{"Name": isText}, answer: func(c *call) (object, error) {
			t, err := c.trail(c.text("Name"))
			if err != nil {
				return nil, err
			}
			return object{{"IsLogging", flagOf(&t.Resource, "IsLogging", true)}}, nil
		}},
		operation{name: "GetEventSelectors", takes: members{"TrailName": isText}, answer: eventSelectors},
	)
}

// seenTrail is a trail that an account can see in a region.
type seenTrail struct {
	Resource
	arn string
}

// seenTrails are the trails of the caller's account and of its Organization that log in the region.
// A trail of one region is seen there alone.
func (c *call) seenTrails() []seenTrail {
	w := c.server.world
	var seen []seenTrail
	owners := []string{c.caller.account}
	if w.organization != nil && w.owner != c.caller.account {
		owners = append(owners, w.owner)
	}
	for _, owner := range owners {
		for _, region := range AllRegions(w.partition) {
			all, _ := w.list(owner, region, selection{kind: LogTrail}, 0, 100)
			for i := range all {
				r := all[i]
				mine := owner == c.caller.account || flagOf(&r, "IsOrganizationTrail", false)
				if mine && (region == c.signature.region || flagOf(&r, "IsMultiRegionTrail", false)) {
					seen = append(seen, seenTrail{r, c.server.arn("cloudtrail", region, owner, "trail/"+r.ID)})
				}
			}
		}
	}
	return seen
}

func describeTrails(c *call) (object, error) {
	list := []any{}
	shadows, said := c.input["includeShadowTrails"].(bool)
	for _, t := range c.seenTrails() {
		if t.Region != c.signature.region && said && !shadows {
			continue
		}
		list = append(list, object{
			{"Name", t.ID}, {"TrailARN", t.arn}, {"HomeRegion", t.Region}, {"S3BucketName", "logs-" + t.ID},
			{"IsMultiRegionTrail", flagOf(&t.Resource, "IsMultiRegionTrail", false)}, {"IsOrganizationTrail", flagOf(&t.Resource, "IsOrganizationTrail", false)},
		})
	}
	return object{{"trailList", list}}, nil
}

// trail finds the trail that a call names. That of another region or account goes by its ARN alone.
func (c *call) trail(name string) (seenTrail, error) {
	c.call.Resource = name
	seen := c.seenTrails()
	at := slices.IndexFunc(seen, func(t seenTrail) bool {
		own := t.Region == c.signature.region && t.arn == c.arn(LogTrail, t.ID)
		return t.arn == name || own && t.ID == name
	})
	if at < 0 {
		return seenTrail{}, refuse(400, "TrailNotFoundException", "").saying("Unknown trail: %s for the user: %s", name, c.caller.account)
	}
	return seen[at], nil
}

func eventSelectors(c *call) (object, error) {
	t, err := c.trail(c.text("TrailName"))
	if err != nil {
		return nil, err
	}
	answer := object{{"TrailARN", t.arn}}
	switch {
	case t.Attributes["AdvancedEventSelectors"] != nil:
		return answer.including("AdvancedEventSelectors", t.Attributes["AdvancedEventSelectors"]), nil
	case t.Attributes["EventSelectors"] != nil:
		return answer.including("EventSelectors", t.Attributes["EventSelectors"]), nil
	}
	return answer.including("EventSelectors", []any{object{
		{"ReadWriteType", "All"}, {"IncludeManagementEvents", true}, {"DataResources", []any{}}, {"ExcludeManagementEventSources", []any{}},
	}}), nil
}

// flagOf returns a boolean attribute.
func flagOf(r *Resource, name string, otherwise bool) bool {
	if on, said := r.Attributes[name].(bool); said {
		return on
	}
	return otherwise
}
