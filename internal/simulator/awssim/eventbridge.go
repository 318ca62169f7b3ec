package awssim

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// EventRule is a rule of EventBridge. Its ID is its name, after that of its bus and a slash unless it
// is the default bus. Its attributes are EventPattern, a text, State, and Targets, a list of
// objects with Id, Arn and RoleArn. EventBus is a bus; its attribute Policy is a text. No mapping
// names them here: as types, Cloud Control has others of their own.
const (
	EventRule = "EventBridge::Rule"
	EventBus  = "EventBridge::EventBus"
)

const defaultBus = "default"

func init() {
	events := service{
		name: "events", wire: &jsonWire{target: "AWSEvents", version: "1.1"},
		dialect: jsonDialect.with(func(d *dialect) {
			d.failed = refuse(500, "InternalException", "This exception occurs due to unexpected causes.")
			d.badToken = refuse(400, "ValidationException", "Invalid token.")
		}),
		scope: func(c *call) string {
			return c.server.arn("events", c.signature.region, c.caller.account, "rule/*")
		},
		limits: []Limit{{Operation: "*", Rate: 50, Burst: 50}},
	}
	ofBus := members{"EventBusName": isText, "NamePrefix": isText}
	events.simulate(kind{name: EventBus, form: regexp.MustCompile(`^[\w./-]{1,256}$`), arn: "event-bus/", things: []string{"hub"}, apart: true})
	events.simulate(
		kind{name: EventRule, form: regexp.MustCompile(`^([\w.-]+/)?[\w.-]{1,64}$`), arn: "rule/", things: []string{"forward"}, apart: true},
		operation{name: "ListRules", takes: ofBus, list: &listing{of: rulesOfBus, items: "Rules", size: bounds{"Limit", 1, 100, 100}, token: "NextToken"}},
		operation{name: "DescribeRule", takes: members{"Name": isText, "EventBusName": isText}, answer: func(c *call) (object, error) {
			r, err := c.eventRule(c.text("Name"))
			return ruleForm(c, &r), err
		}},
		operation{
			name: "ListTargetsByRule", takes: members{"Rule": isText, "EventBusName": isText},
			list: &listing{of: targetsOfRule, items: "Targets", size: bounds{"Limit", 1, 100, 100}, token: "NextToken"},
		},
		operation{name: "DescribeEventBus", takes: members{"Name": isText}, answer: describeEventBus},
		operation{name: "PutEvents", takes: members{"Entries": isObjects}, answer: putEvents},
	)
}

// busNamed returns the name of a bus of the call's account and region that a call names, by its name
// or its ARN.
func (c *call) busNamed(text string) (string, error) {
	name, _ := c.cutARN(EventBus, text)
	if name == "" {
		name = text
	}
	if name == "" {
		name = defaultBus
	}
	if _, there := c.known(EventBus, name); !there && name != defaultBus {
		return "", refuse(400, "ResourceNotFoundException", "").saying("Event bus %s does not exist.", name)
	}
	return name, nil
}

// split returns the bus and the name of a rule.
func split(id string) (bus, name string) {
	if bus, name, found := strings.Cut(id, "/"); found {
		return bus, name
	}
	return defaultBus, id
}

func (c *call) eventRule(name string) (Resource, error) {
	bus, err := c.busNamed(c.text("EventBusName"))
	if err != nil {
		return Resource{}, err
	}
	id := name
	if bus != defaultBus {
		id = bus + "/" + name
	}
	if r, there := c.find(EventRule, id); there {
		return r, nil
	}
	return Resource{}, refuse(400, "ResourceNotFoundException", "").saying("Rule %s does not exist on EventBus %s.", name, bus)
}

func rulesOfBus(c *call) (source, error) {
	bus, err := c.busNamed(c.text("EventBusName"))
	prefix := c.text("NamePrefix")
	return resources(c, selection{kind: EventRule, keep: func(r *Resource) bool {
		of, name := split(r.ID)
		return of == bus && strings.HasPrefix(name, prefix)
	}}, ruleForm), err
}

func ruleForm(c *call, r *Resource) object {
	bus, name := split(r.ID)
	return object{{"Name", name}, {"Arn", c.arn(EventRule, r.ID)}, {"State", "ENABLED"}, {"EventBusName", bus}}.with(without(r.Attributes, "Targets"))
}

func targetsOfRule(c *call) (source, error) {
	r, err := c.eventRule(c.text("Rule"))
	return rows(targets(&r)), err
}

func targets(r *Resource) []any {
	list, _ := r.Attributes["Targets"].([]any)
	return list
}

func describeEventBus(c *call) (object, error) {
	name, err := c.busNamed(c.text("Name"))
	if err != nil {
		return nil, err
	}
	r, _ := c.find(EventBus, name)
	return object{{"Name", name}, {"Arn", c.arn(EventBus, name)}}.with(r.Attributes), nil
}

// putEvents takes events, and delivers what passes a rule to the rule's queues.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func putEvents(c *call) (object, error) {
	entries, _ := c.input["Entries"].([]any)
	if len(entries) == 0 || len(entries) > 10 {
		return nil, c.service.dialect.badParameter.saying("Total entries must be between 1 and 10")
	}
	failed := 0
	results := make([]any, len(entries))
	for i, entry := range entries {
		id := dieOf("event", c.id).uuid()
		results[i] = object{{"EventId", id}}
		if code, message := c.putEvent(entry.(map[string]any), id); code != "" {
			failed++
			results[i] = object{{"ErrorCode", code}, {"ErrorMessage", message}}
		}
	}
	return object{{"FailedEntryCount", failed}, {"Entries", results}}, nil
}

func (c *call) putEvent(entry map[string]any, id string) (code, message string) {
	text := func(name string) string { s, _ := entry[name].(string); return s }
	var detail any
	source, typ := text("Source"), text("DetailType")
	bus, err := c.busNamed(text("EventBusName"))
	for name := range entry {
		if !slices.Contains([]string{"Source", "DetailType", "Detail", "EventBusName"}, name) {
			return "InvalidArgument", "Parameter " + name + " is not simulated."
		}
	}
	switch {
	case err != nil:
		return "InvalidArgument", err.Error()
	case source == "" || typ == "":
		return "InvalidArgument", "Parameter Source or DetailType is not valid. Reason: it is a required argument."
	case strings.HasPrefix(source, "aws."):
		return "NotAuthorizedForSourceException", "Not authorized for the source."
	case json.Unmarshal([]byte(text("Detail")), &detail) != nil:
		return "MalformedDetail", "Detail is malformed."
	}
	event := map[string]any{
		"version": "0", "id": id, "detail-type": typ, "source": source, "account": c.caller.account,
		"time": c.now.UTC().Format(time.RFC3339), "region": c.signature.region, "resources": []any{}, "detail": detail,
	}
	c.deliver(bus, event)
	return "", ""
}

// deliver puts an event into the queues of the rules of a bus that let it through. A queue takes it
// only if its policy names the rule.
func (c *call) deliver(bus string, event map[string]any) {
	text, err := json.Marshal(event)
	if err != nil {
		panic(err) // it was just read
	}
	w := c.server.world
	all, _ := w.list(c.caller.account, c.signature.region, selection{kind: EventRule}, 0, 1000)
	for i := range all {
		of, _ := split(all[i].ID)
		pattern, _ := all[i].Attributes["EventPattern"].(string)
		state, given := all[i].Attributes["State"]
		if of != bus || given && state != "ENABLED" || !passesPattern(pattern, event) {
			continue
		}
		for _, target := range targets(&all[i]) {
			to, _ := target.(map[string]any)["Arn"].(string)
			name, isQueue := c.cutARN(Queue, to)
			queue, there := w.find(c.caller.account, Queue, c.signature.region, name)
			policy, _ := queue.Attributes["Policy"].(string)
			if isQueue && there && strings.Contains(policy, `"`+c.arn(EventRule, all[i].ID)+`"`) {
				c.server.delivered.put(name, text)
			}
		}
	}
}

// passesPattern says whether a pattern of members, texts and prefixes lets an event through. Other
// operators are not simulated, and let nothing through.
func passesPattern(pattern string, event map[string]any) bool {
	var wanted map[string]any
	return json.Unmarshal([]byte(pattern), &wanted) == nil && passesMembers(wanted, event)
}

func passesMembers(wanted, event map[string]any) bool {
	for name, want := range wanted {
		inner, _ := event[name].(map[string]any)
		deeper, isObject := want.(map[string]any)
		list, _ := want.([]any)
		value, _ := event[name].(string)
		listed := slices.ContainsFunc(list, func(one any) bool {
			operator, _ := one.(map[string]any)
			prefix, hasPrefix := operator["prefix"].(string)
			return one == any(value) || hasPrefix && len(operator) == 1 && strings.HasPrefix(value, prefix)
		})
		if isObject && !passesMembers(deeper, inner) || !isObject && !listed {
			return false
		}
	}
	return true
}
