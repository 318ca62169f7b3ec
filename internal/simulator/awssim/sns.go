package awssim

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Topic is a topic of SNS. Its attributes are strings.
const Topic = "AWS::SNS::Topic"

func init() {
	sns := service{
		name: "sns", wire: &queryWire{
			version: "2010-03-31", namespace: "http://sns.amazonaws.com/doc/2010-03-31/", items: itemNames{"": "member", "Attributes": "entry"},
		},
		dialect: queryDialect.with(func(d *dialect) {
			d.denied = refuse(403, "AuthorizationError", "")
			d.failed = refuse(500, "InternalError", "The request processing has failed because of an unknown error, exception or failure.")
			d.badParameter = refuse(400, "InvalidParameter", "")
			d.badToken = refuse(400, "InvalidParameter", "Invalid parameter: NextToken")
		}),
		scope: func(c *call) string { return cmp.Or(c.text("TopicArn"), c.text("ResourceArn"), c.arn(Topic, "*")) },
		limits: []Limit{
			{Operation: "ListTopics", Rate: 30, Burst: 30},
			{Operation: "ListTagsForResource", Rate: 10, Burst: 10},
			{Operation: "GetTopicAttributes", Rate: 30, Burst: 30},
		},
	}
	sns.simulate(
		kind{
			name: Topic, form: regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$|^[A-Za-z0-9_-]{1,251}\.fifo$`), ids: fifoNames,
			things: []string{"events", "alarms", "deployments", "notifications", "orders", "audit"},
		},
		operation{name: "ListTopics", list: &listing{
			kind: Topic, items: "Topics", size: bounds{usual: 100}, token: "NextToken",
			item: func(c *call, r *Resource) object { return object{{"TopicArn", c.arn(Topic, r.ID)}} },
		}},
		operation{name: "GetTopicAttributes", detail: &detail{
			kind: Topic, by: "TopicArn", named: byARN, malformed: refuse(400, "InvalidParameter", "Invalid parameter: TopicArn"),
			missing: refuse(404, "NotFound", "Topic does not exist"), reply: topicAttributes,
		}},
		operation{name: "ListTagsForResource", detail: &detail{
			kind: Topic, by: "ResourceArn", named: byARN, malformed: refuse(400, "InvalidParameter", "Invalid parameter: ResourceArn"),
			missing: refuse(404, "ResourceNotFound", "Resource does not exist"), reply: tags("Tags", "Key", "Value"),
		}},
	)
}

func topicAttributes(c *call, r *Resource) (object, error) {
	d := dieOf("topic", c.caller.account, r.Region, r.ID)
	arn := c.arn(Topic, r.ID)
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
	return object{{"Attributes", entries}}, nil
}
