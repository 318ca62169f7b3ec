package awssim

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Queue is a queue of SQS. Its attributes are strings.
const Queue = "AWS::SQS::Queue"

func init() {
	sqs := service{
		name: "sqs", wire: &jsonWire{target: "AmazonSQS", version: "1.0", space: "com.amazonaws.sqs#"},
		dialect: jsonDialect.with(func(d *dialect) {
			d.unknownKey.queryCode = "InvalidClientTokenId"
			d.badSignature.queryCode, d.skewed.queryCode = "SignatureDoesNotMatch", "SignatureDoesNotMatch"
			d.expired.queryCode, d.missingKey.queryCode = "ExpiredToken", "MissingAuthenticationToken"
			d.failed.queryCode, d.unavailable.queryCode = "InternalError", "ServiceUnavailable"
			d.denied = refusal{status: 403, code: "AccessDeniedException", queryCode: "AccessDenied"}
			d.throttled = refusal{status: 403, code: "RequestThrottled", queryCode: "RequestThrottled", message: "Request is throttled."}
			d.badParameter = refusal{status: 400, code: "InvalidParameterValueException", queryCode: "InvalidParameterValue"}
			d.badToken, d.badSize = d.badParameter, d.badParameter
			d.badToken.message = "Value for parameter NextToken is invalid. Reason: Invalid NextToken value."
			d.badSize.message = "Value %d for parameter MaxResults is invalid. Reason: Must be between %d and %d."
		}),
		scope:  func(c *call) string { return c.arn(Queue, "") },
		limits: []Limit{{Operation: "ListQueueTags", Rate: 30, Burst: 30}},
	}
	// SQS keeps a code of the older query protocol, which it sends along in a header.
	sqs.simulate(
		kind{
			name: Queue, form: regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$|^[A-Za-z0-9_-]{1,75}\.fifo$`), ids: fifoNames,
			things: []string{"events", "commands", "retries", "dead-letter", "notifications", "invoices", "imports", "audit"},
		},
		operation{name: "ListQueues", list: queues, takes: members{"QueueNamePrefix": isText}, answer: listQueues},
		operation{name: "GetQueueAttributes", takes: members{"QueueUrl": isText, "AttributeNames": isList}, answer: getQueueAttributes},
		operation{name: "ListQueueTags", takes: members{"QueueUrl": isText}, answer: listQueueTags},
	)
}

// fifoNames are names; some end with .fifo.
var fifoNames = names(func(_ origin, d *die, name, number string) string {
	if d.oneIn(16) {
		number += ".fifo"
	}
	return name + "-" + number
})

var queues = &listing{
	items: "QueueUrls", size: bounds{"MaxResults", 1, 1000, 1000}, token: "NextToken",
	of: func(c *call) (source, error) {
		prefix := c.text("QueueNamePrefix")
		all := selection{kind: Queue, keep: func(r *Resource) bool { return strings.HasPrefix(r.ID, prefix) }}
		return resources(c, all, func(c *call, r *Resource) string { return c.queueURL(r.ID) }), nil
	},
}

// listQueues passes over the queues of further pages in silence unless MaxResults is given.
func listQueues(c *call) (object, error) {
	sized := c.number("MaxResults") != nil
	if !sized && c.text("NextToken") != "" {
		return nil, c.service.dialect.badParameter.saying("Value for parameter NextToken is invalid. Reason: MaxResults must be set when NextToken is.")
	}
	answer, err := queues.answer(c)
	if err == nil && len(answer[0].value.([]any)) == 0 {
		answer = answer[1:]
	}
	if !sized && !c.meets(EmptyPage) && !c.meets(Endless) && !c.meets(Repeat) && !c.meets(Cycle) {
		answer = answer.with(map[string]any{"NextToken": nil})
	}
	return answer, err
}

func (c *call) queueURL(name string) string {
	return "https://sqs." + c.signature.region + "." + domain(c.server.world.partition) + "/" + c.caller.account + "/" + name
}

// queue finds the queue that a call is about.
func queue(c *call) (Resource, error) {
	address := c.text("QueueUrl")
	c.call.Resource = address
	if address == "" {
		return Resource{}, refusal{status: 400, code: "MissingRequiredParameterException", queryCode: "MissingParameter"}.saying(
			"The request must contain the parameter QueueUrl.")
	}
	gone := refusal{status: 400, code: "QueueDoesNotExist", queryCode: "AWS.SimpleQueueService.NonExistentQueue"}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return Resource{}, refusal{status: 404, code: "InvalidAddress", queryCode: "InvalidAddress"}.saying("The address %s is not valid for this endpoint.", address)
	}
	name := baseName(u.Path)
	if r, there := c.find(Queue, name); there && address == c.queueURL(name) {
		return r, nil
	}
	return Resource{}, gone.saying("The specified queue does not exist.")
}

func getQueueAttributes(c *call) (object, error) {
	r, err := queue(c)
	if err != nil {
		return nil, err
	}
	all, names := queueForm(c, &r), c.texts("AttributeNames")
	asked := all[:0:0]
	for _, m := range all {
		if slices.Contains(names, "All") || slices.Contains(names, m.name) {
			asked = append(asked, m)
		}
	}
	if len(asked) == 0 {
		return object{}, nil
	}
	return object{{"Attributes", asked}}, nil
}

// queueForm is the attributes of a queue, all of them strings.
func queueForm(c *call, r *Resource) object {
	arn := c.arn(Queue, r.ID)
	d := dieOf(arn)
	at := strconv.FormatInt(created(r).Unix(), 10)
	form := object{
		{"QueueArn", arn},
		{"ApproximateNumberOfMessages", strconv.Itoa(d.below(500))},
		{"ApproximateNumberOfMessagesNotVisible", strconv.Itoa(d.below(20))},
		{"ApproximateNumberOfMessagesDelayed", "0"},
		{"CreatedTimestamp", at},
		{"LastModifiedTimestamp", at},
		{"VisibilityTimeout", pick(d, []string{"30", "60", "300"})},
		{"MaximumMessageSize", "262144"},
		{"MessageRetentionPeriod", pick(d, []string{"345600", "1209600"})},
		{"DelaySeconds", "0"},
		{"ReceiveMessageWaitTimeSeconds", pick(d, []string{"0", "20"})},
		{"SqsManagedSseEnabled", "true"},
	}
	if strings.HasSuffix(r.ID, ".fifo") {
		form = append(form, object{
			{"FifoQueue", "true"}, {"ContentBasedDeduplication", "false"},
			{"DeduplicationScope", "queue"}, {"FifoThroughputLimit", "perQueue"},
		}...)
	}
	return form.with(r.Attributes)
}

func listQueueTags(c *call) (object, error) {
	r, err := queue(c)
	if err != nil {
		return nil, err
	}
	if len(r.Tags) == 0 {
		return object{}, nil
	}
	return object{{"Tags", r.Tags}}, nil
}
