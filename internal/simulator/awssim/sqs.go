package awssim

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

var sqsService = func() *service {
	d := jsonDialect
	d.unknownKey.queryCode = "InvalidClientTokenId"
	d.badSignature.queryCode = "SignatureDoesNotMatch"
	d.skewed.queryCode = "SignatureDoesNotMatch"
	d.expired.queryCode = "ExpiredToken"
	d.missingKey.queryCode = "MissingAuthenticationToken"
	d.denied = refusal{status: 403, code: "AccessDeniedException", queryCode: "AccessDenied"}
	d.throttled = refusal{status: 403, code: "RequestThrottled", queryCode: "RequestThrottled", message: "Request is throttled."}
	d.failed.queryCode, d.unavailable.queryCode = "InternalError", "ServiceUnavailable"
	d.badParameter = refusal{status: 400, code: "InvalidParameterValueException", queryCode: "InvalidParameterValue"}
	return &service{
		name:    "sqs",
		wire:    &jsonWire{target: "AmazonSQS", version: "1.0", message: "message", space: "com.amazonaws.sqs#"},
		dialect: d,
		scopeOf: func(c *call) string { return c.server.arn("sqs", c.signature.region, c.caller.account, "") },
		operations: operations(
			operation{name: "ListQueues", action: "sqs:ListQueues", serve: listQueues},
			operation{name: "GetQueueAttributes", action: "sqs:GetQueueAttributes", serve: getQueueAttributes},
			operation{name: "ListQueueTags", action: "sqs:ListQueueTags", serve: listQueueTags},
		),
	}
}()

// sqsPage is the most queues that a call lists. Without MaxResults the others are
// passed over in silence.
const sqsPage = 1000

func (c *call) queueURL(name string) string {
	return "https://sqs." + c.signature.region + "." + domain(c.server.world.partition) + "/" + c.caller.account + "/" + name
}

func listQueues(c *call) error {
	input, err := decode[struct {
		MaxResults      *int
		NextToken       string
		QueueNamePrefix string
	}](c)
	if err != nil {
		return err
	}
	if input.MaxResults == nil && input.NextToken != "" {
		return c.service.dialect.badParameter.saying("Value for parameter NextToken is invalid. Reason: MaxResults must be set when NextToken is.")
	}
	size := sqsPage
	if input.MaxResults != nil {
		size = *input.MaxResults
	}
	if size < 1 || size > sqsPage {
		return c.service.dialect.badParameter.saying("Value %d for parameter MaxResults is invalid. Reason: Must be between 1 and %d.", size, sqsPage)
	}
	found, next, ok := c.page(Queue, size, input.NextToken, input.QueueNamePrefix, func(r *Resource) bool {
		return strings.HasPrefix(r.ID, input.QueueNamePrefix)
	})
	if !ok {
		return c.service.dialect.badParameter.saying("Value %s for parameter NextToken is invalid. Reason: Invalid NextToken value.", input.NextToken)
	}
	if input.MaxResults == nil && !c.meets(EmptyPage) && !c.meets(Endless) && !c.meets(Cycle) {
		next = ""
	}
	answer := object{}
	if len(found) > 0 {
		urls := make([]string, len(found))
		for i := range found {
			urls[i] = c.queueURL(found[i].ID)
		}
		answer = append(answer, member{"QueueUrls", urls})
	}
	return c.reply(answer.optional("NextToken", next))
}

// queue finds the queue that a call is about.
func queue(c *call, address string) (Resource, error) {
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

func getQueueAttributes(c *call) error {
	input, err := decode[struct {
		AttributeNames []string
		QueueURL       string `json:"QueueUrl"`
	}](c)
	if err != nil {
		return err
	}
	r, err := queue(c, input.QueueURL)
	if err != nil {
		return err
	}
	all := queueForm(c, &r)
	asked := all[:0:0]
	for _, m := range all {
		if slices.Contains(input.AttributeNames, "All") || slices.Contains(input.AttributeNames, m.name) {
			asked = append(asked, m)
		}
	}
	if len(asked) == 0 {
		return c.reply(nil)
	}
	return c.reply(object{{"Attributes", asked}})
}

// queueForm is the attributes of a queue, all of them strings.
func queueForm(c *call, r *Resource) object {
	arn := c.server.arn("sqs", r.Region, c.caller.account, r.ID)
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

func listQueueTags(c *call) error {
	input, err := decode[struct {
		QueueURL string `json:"QueueUrl"`
	}](c)
	if err != nil {
		return err
	}
	r, err := queue(c, input.QueueURL)
	if err != nil {
		return err
	}
	if len(r.Tags) == 0 {
		return c.reply(nil)
	}
	return c.reply(object{{"Tags", r.Tags}})
}
