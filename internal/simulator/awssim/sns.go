package awssim

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

var snsService = func() *service {
	d := queryDialect
	d.denied = refusal{status: 403, code: "AuthorizationError"}
	d.failed = refusal{status: 500, code: "InternalError", message: "The request processing has failed because of an unknown error, exception or failure."}
	d.badParameter = refusal{status: 400, code: "InvalidParameter"}
	return &service{
		name:    "sns",
		wire:    &queryWire{version: "2010-03-31", namespace: "http://sns.amazonaws.com/doc/2010-03-31/", items: itemNames{"": "member", "Attributes": "entry"}},
		dialect: d,
		scopeOf: func(c *call) string {
			if arn := c.form.Get("TopicArn") + c.form.Get("ResourceArn"); arn != "" {
				return arn
			}
			return c.topicARN("*")
		},
		operations: operations(
			operation{name: "ListTopics", action: "sns:ListTopics", serve: listTopics, parameters: []string{"NextToken"}},
			operation{name: "GetTopicAttributes", action: "sns:GetTopicAttributes", serve: getTopicAttributes, parameters: []string{"TopicArn"}},
			operation{name: "ListTagsForResource", action: "sns:ListTagsForResource", serve: listTopicTags, parameters: []string{"ResourceArn"}},
		),
	}
}()

// snsPage is the number of topics on a page, from the reference of ListTopics.
const snsPage = 100

func (c *call) topicARN(name string) string {
	return c.server.arn("sns", c.signature.region, c.caller.account, name)
}

func listTopics(c *call) error {
	found, next, ok := c.page(Topic, snsPage, c.form.Get("NextToken"), "", nil)
	if !ok {
		return c.service.dialect.badParameter.saying("Invalid parameter: NextToken")
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = object{{"TopicArn", c.topicARN(found[i].ID)}}
	}
	return c.write(object{{"Topics", list}}.optional("NextToken", next))
}

// topic finds the topic that a parameter names by ARN.
func (c *call) topic(parameter string, unknown refusal, saying string) (Resource, error) {
	arn := c.form.Get(parameter)
	c.call.Resource = arn
	name, ours := strings.CutPrefix(arn, c.topicARN(""))
	if !ours || !idForms[Topic].MatchString(name) {
		return Resource{}, c.service.dialect.badParameter.saying("Invalid parameter: %s", parameter)
	}
	r, there := c.find(Topic, name)
	if !there {
		return Resource{}, unknown.saying("%s", saying)
	}
	return r, nil
}

func getTopicAttributes(c *call) error {
	r, err := c.topic("TopicArn", refusal{status: 404, code: "NotFound"}, "Topic does not exist")
	if err != nil {
		return err
	}
	d := dieOf("topic", c.caller.account, r.Region, r.ID)
	arn := c.topicARN(r.ID)
	attributes := map[string]any{
		"TopicArn": arn, "Owner": c.caller.account, "DisplayName": "",
		"Policy": `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow",` +
			`"Principal":{"AWS":"*"},"Action":["SNS:Publish","SNS:Subscribe"],"Resource":"` + arn + `",` +
			`"Condition":{"StringEquals":{"AWS:SourceOwner":"` + c.caller.account + `"}}}]}`,
		"EffectiveDeliveryPolicy": `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3}}}`,
		"SubscriptionsConfirmed":  strconv.Itoa(d.below(6)), "SubscriptionsPending": "0", "SubscriptionsDeleted": "0",
	}
	if strings.HasSuffix(r.ID, ".fifo") {
		attributes["FifoTopic"], attributes["ContentBasedDeduplication"] = "true", "false"
	}
	maps.Copy(attributes, r.Attributes)
	entries := []object{}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if attributes[name] != nil {
			entries = append(entries, object{{"key", name}, {"value", attributes[name]}})
		}
	}
	return c.write(object{{"Attributes", entries}})
}

func listTopicTags(c *call) error {
	r, err := c.topic("ResourceArn", refusal{status: 404, code: "ResourceNotFound"}, "Resource does not exist")
	if err != nil {
		return err
	}
	return c.write(object{{"Tags", tagList(r.Tags, "Key", "Value")}})
}
