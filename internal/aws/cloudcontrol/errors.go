package cloudcontrol

import (
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
)

// goneCode is the code with which Cloud Control says of a resource, or of the parent of a
// listing, that it does not exist.
const goneCode = "ResourceNotFoundException"

// isGone says whether AWS says of the resource that was asked about that it does not exist, in a
// way that can be believed: with the API's own error, not with a message of the service behind.
func isGone(err error) bool { return errors.As(err, new(*types.ResourceNotFoundException)) }

// GeneralServiceException wraps what the service behind a type answered, whatever it is. What a
// message says decides, the first rule that matches; a message that none matches is a failure.
// No rule makes a resource count as gone, and none makes a type count as not offered, which keeps a
// run complete: a handler says that a host is unknown also while its network fails. Only
// TypeNotFoundException says that.
var messages = []struct {
	says  *regexp.Regexp
	class awserr.Class
}{
	{regexp.MustCompile(`(?i)not authorized to perform|explicit deny`), awserr.Denied}, // it names a role and a resource, which may be called anything
	{regexp.MustCompile(`(?i)throttl|rate exceeded|too many requests|slow ?down|request limit exceeded`), awserr.Throttled},
	{regexp.MustCompile(`(?i)access ?denied|not authorized|unauthorized|forbidden|status code: 403|explicit deny`), awserr.Denied},
	{regexp.MustCompile(`(?i)security token .*(invalid|expired)|expired ?token|credentials .*(expired|invalid)|signature .*expired`), awserr.Expired},
	{regexp.MustCompile(`(?i)opt-?in ?required|not subscribed|subscription ?required|needs a subscription`), awserr.AccountState},
	{regexp.MustCompile(`(?i)region .*(is )?(disabled|not enabled)|not enabled .*region|opt-in region`), awserr.RegionDisabled},
	{regexp.MustCompile(`(?i)timed? ?out`), awserr.Timeout},
	{regexp.MustCompile(`(?i)does not exist|not found|notfound|no such|cannot find|could not find|nonexist`), awserr.NotFound},
}

// classes are those of the API's own errors; of what is not here the code decides as for any
// other service, or the message.
var classes = map[string]awserr.Class{
	"InvalidCredentialsException":     awserr.Expired,
	"ServiceLimitExceededException":   awserr.Failed,
	"HandlerFailureException":         awserr.Failed,
	"HandlerInternalFailureException": awserr.Failed,
	"ServiceInternalErrorException":   awserr.Failed,
	"NetworkFailureException":         awserr.Failed,
	"ResourceConflictException":       awserr.Failed,
	"NotStabilizedException":          awserr.Failed,
	"PrivateTypeException":            awserr.Failed,
	"InvalidRequestException":         awserr.Failed,
	"NotUpdatableException":           awserr.Failed,
	"AlreadyExistsException":          awserr.Failed,
	"ThrottlingException":             awserr.Throttled,
	"TypeNotFoundException":           awserr.Unsupported,
	"UnsupportedActionException":      awserr.Failed, // whatever region is asked
	"ResourceNotFoundException":       awserr.NotFound,
	"AuthorizationError":              awserr.Denied,
	"GeneralServiceException":         awserr.None, // its message decides
}

// performed finds the action that a denial names.
var performed = regexp.MustCompile(`(?i)not authorized to perform:? ?\[?([a-z0-9-]+:[A-Za-z0-9*]+)`)

// judged returns an error of a call to Cloud Control with its class, the action that a denial is
// about, and what can be done.
func judged(action string, err error) error {
	var known *awserr.Error
	var unanswered *awserr.Unanswered
	if err == nil || errors.As(err, &known) || errors.As(err, &unanswered) {
		return err
	}
	class := awserr.ClassOf(err)
	message := awserr.Message(err)
	if mine, listed := classes[awserr.Code(err)]; listed {
		if class = mine; class == awserr.None {
			class = ofMessage(message)
		}
	}
	judged := &awserr.Error{Op: action, Class: class, Fix: fixes[awserr.Code(err)], Err: err}
	if class == awserr.Denied && awserr.PolicyOf(judged).Closes() {
		judged.Class = awserr.Closed
	}
	if named := performed.FindStringSubmatch(message); named != nil && (class == awserr.Denied || class == awserr.Closed) {
		judged.Op = strings.TrimRight(named[1], ".")
	}
	if class == awserr.Denied && !Grantable(judged.Op) {
		judged.Fix = WithheldFix("the kind", []string{judged.Op})
	}
	switch awserr.Code(err) {
	case "TypeNotFoundException":
		judged.Code = diag.TypeNotThere
	case "UnsupportedActionException":
		judged.Code = diag.TypeUnreadable
	case "GeneralServiceException":
		switch class {
		case awserr.Failed, awserr.NotFound, awserr.AccountState, awserr.Timeout:
			judged.Fix = wrappedFix
		}
	}
	return judged
}

func ofMessage(message string) awserr.Class {
	for _, rule := range messages {
		if rule.says.MatchString(message) {
			return rule.class
		}
	}
	return awserr.Failed
}

// wrappedFix is what can be done about what the service behind a type says in words of its own.
const wrappedFix = "read the message, which is that of the service behind the type: nothing, if the next run succeeds; if the account does not use the service, " +
	"or the region does not have it, take the kind out of the mapping, or the region by regionPolicy.deny"

// fixes are what can be done about errors of the API.
var fixes = map[string]string{
	"TypeNotFoundException":           "nothing, if AWS does not have the type in this region; otherwise check its name, which is case-sensitive, and that a type of a third party is activated",
	"UnsupportedActionException":      "take the kind out of the mapping: AWS does not read the type through Cloud Control. Its entities stay until then",
	"InvalidRequestException":         "read the message: the type may need a parent that is not known here, or its service refuses the request",
	"PrivateTypeException":            "ask whoever published the type: its handler is not configured in the account",
	"HandlerFailureException":         "nothing, if the next run succeeds; otherwise AWS's handler of the type does not work there: take the kind out of the mapping, or the region by regionPolicy.deny",
	"HandlerInternalFailureException": "nothing, if the next run succeeds; otherwise AWS's handler of the type does not work there: take the kind out of the mapping, or the region by regionPolicy.deny",
	"ServiceInternalErrorException":   "nothing, if the next run succeeds",
	"ServiceLimitExceededException":   "read the message: a limit of the service is reached",
	"NotStabilizedException":          "nothing, if the next run succeeds: the resource is being changed",
	"ResourceConflictException":       "nothing, if the next run succeeds: the resource is being changed",
}
