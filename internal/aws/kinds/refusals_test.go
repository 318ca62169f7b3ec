package kinds_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// refusal is an error as the protocol of a request's service has it.
func refusal(request *http.Request, status int, code, message string) *reply {
	text := "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>"
	service, _, _ := strings.Cut(request.URL.Host, ".")
	switch {
	case service == "ec2":
		text = "<Response><Errors>" + text + "</Errors></Response>"
	case service == "rds" || service == "sns" || service == "elasticache":
		text = "<ErrorResponse>" + text + "</ErrorResponse>"
	case !strings.Contains(request.URL.Host, "s3."):
		text = `{"__type":"` + code + `","message":"` + message + `","Message":"` + message + `"}`
	}
	return &reply{status, text}
}

// refuse makes every request for an operation fail.
func (r *replay) refuse(operation, code, message string) {
	r.spoil = func(of string, _ int, request *http.Request) *reply {
		if of != operation {
			return nil
		}
		return refusal(request, http.StatusBadRequest, code, message)
	}
}

// TestRefusals refuses each call of each kind in turn.
func TestRefusals(t *testing.T) {
	t.Parallel()
	refusals := map[string]struct {
		code, message string
		class         awserr.Class
	}{
		"denied":    {"AccessDeniedException", "not authorized", awserr.Denied},
		"closed":    {"AccessDeniedException", "with an explicit deny in a service control policy", awserr.Closed},
		"throttled": {"ThrottlingException", "Rate exceeded", awserr.Throttled},
	}
	each(t, func(t *testing.T, k *kind.Kind) {
		for _, call := range callsOf(t, k) {
			for name, refused := range refusals {
				t.Run(call.operation+" "+name, func(t *testing.T) {
					r := newReplay(t, k)
					r.refuse(call.operation, refused.code, refused.message)
					documents, errs := r.read(k, k.OptionalNames()...)
					var known *awserr.Error
					if len(errs) == 0 || !errors.As(errs[0], &known) || known.Class != refused.class || known.Op != action(k, call.operation) {
						t.Errorf("errors %v, want one of class %s that names %s", errs, refused.class, action(k, call.operation))
					}
					wanted := !call.essential && refused.class != awserr.Throttled
					if got := len(documents) > 0; got != wanted {
						t.Errorf("%d documents, want any: %t", len(documents), wanted)
					}
				})
			}
		}
	})
}

type madeCall struct {
	operation string
	essential bool
}

// callsOf lists the operations of a kind by what they are to it.
func callsOf(t *testing.T, k *kind.Kind) []madeCall {
	t.Helper()
	r := newReplay(t, k)
	r.read(k, k.OptionalNames()...)
	inessential := make(map[string]bool)
	for _, f := range slices.Concat(k.Default, k.Optional) {
		for _, a := range f.Actions {
			inessential[a] = !f.Essential
		}
	}
	var calls []madeCall
	for _, operation := range r.calls {
		c := madeCall{operation, !inessential[action(k, operation)]}
		if !slices.Contains(calls, c) {
			calls = append(calls, c)
		}
	}
	return calls
}

// TestDeniedAction shows that who may not ask gets what they would have without
// asking, and is told.
func TestDeniedAction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k *kind.Kind) {
		want, _ := newReplay(t, k).read(k)
		for _, f := range k.Optional {
			if len(f.Actions) == 0 {
				continue
			}
			t.Run(f.Name, func(t *testing.T) {
				r := newReplay(t, k)
				r.spoil = func(operation string, _ int, request *http.Request) *reply {
					if action(k, operation) != f.Actions[0] {
						return nil
					}
					return refusal(request, http.StatusForbidden, "AccessDenied", "not authorized")
				}
				got, errs := r.read(k, f.Name)
				if diff := cmp.Diff(want, got); diff != "" || len(errs) == 0 {
					t.Errorf("documents (-without the action +denied):\n%serrors %v", diff, errs)
				}
			})
		}
	})
}

// TestListingThatFails shows that only an answer is an empty list, and only the
// last page the end of one.
func TestListingThatFails(t *testing.T) {
	t.Parallel()
	fails := map[string]func(*http.Request) *reply{
		"not found": func(request *http.Request) *reply {
			return refusal(request, http.StatusNotFound, "ResourceNotFoundException", "no such page")
		},
		"404 without a word": func(*http.Request) *reply { return &reply{http.StatusNotFound, ""} },
		"nothing":            func(*http.Request) *reply { return &reply{http.StatusOK, ""} },
		"a page of a proxy":  func(*http.Request) *reply { return &reply{http.StatusOK, "<html><p>Blocked</p></html>"} },
		"a word":             func(*http.Request) *reply { return &reply{http.StatusOK, "OK"} },
		"a cut answer":       func(*http.Request) *reply { return &reply{http.StatusOK, `<a><b>`} },
		"another redirect":   func(*http.Request) *reply { return &reply{http.StatusMovedPermanently, ""} },
	}
	each(t, func(t *testing.T, k *kind.Kind) {
		if len(k.List.Actions) == 0 {
			return // it makes no call
		}
		for name, fail := range fails {
			for page := range 3 {
				t.Run(fmt.Sprint(name, " on page ", page+1), func(t *testing.T) {
					r := newReplay(t, k)
					r.spoil = func(operation string, n int, request *http.Request) *reply {
						if action(k, operation) != k.List.Actions[0] || n <= page {
							return nil
						}
						return fail(request)
					}
					documents, errs := r.read(k)
					if len(errs) != 1 || awserr.ClassOf(errs[0]) == awserr.NotFound {
						t.Errorf("errors %v, want one that says the list was not read", errs)
					}
					if want := min(page, 1); len(documents) != want { // the second pages are empty
						t.Errorf("%d documents, want %d", len(documents), want)
					}
				})
			}
		}
	})
}

func TestOrganizationsNotInUseIsNothing(t *testing.T) {
	t.Parallel()
	r := newReplay(t, kinds.OrganizationsAccount)
	r.refuse("ListAccounts", "AWSOrganizationsNotInUseException", "not in use")
	if documents, errs := r.read(kinds.OrganizationsAccount); len(documents)+len(errs) > 0 {
		t.Errorf("documents %v, errors %v", documents, errs)
	}
}

// TestWordsOfEachService refuses listings as the services really do.
func TestWordsOfEachService(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind    *kind.Kind
		status  int
		code    string
		message string
		class   awserr.Class
	}{
		{kinds.EC2Instance, 403, "UnauthorizedOperation", "You are not authorized to perform this operation.", awserr.Denied},
		{kinds.EC2Instance, 403, "UnauthorizedOperation", "… with an explicit deny in a service control policy.", awserr.Closed},
		{kinds.EC2Instance, 503, "RequestLimitExceeded", "Request limit exceeded.", awserr.Throttled},
		{kinds.EC2Instance, 401, "AuthFailure", "AWS was not able to validate the provided access credentials", awserr.Expired},
		{kinds.EC2Instance, 400, "OptInRequired", "You are not subscribed to this service.", awserr.AccountState},
		{kinds.EC2Instance, 500, "InternalError", "An internal error has occurred", awserr.Failed},
		{kinds.S3Bucket, 403, "AccessDenied", "Access Denied", awserr.Denied},
		{kinds.S3Bucket, 503, "SlowDown", "Please reduce your request rate.", awserr.Throttled},
		{kinds.S3Bucket, 400, "ExpiredToken", "The provided token has expired.", awserr.Expired},
		{kinds.RDSDBInstance, 403, "AccessDenied", "is not authorized to perform: rds:DescribeDBInstances", awserr.Denied},
		{kinds.RDSDBInstance, 400, "Throttling", "Rate exceeded", awserr.Throttled},
		{kinds.SQSQueue, 403, "com.amazonaws.sqs#RequestThrottled", "Rate exceeded", awserr.Throttled},
		{kinds.SQSQueue, 403, "com.amazon.coral.service#ExpiredTokenException", "The security token has expired", awserr.Expired},
		{kinds.LambdaFunction, 403, "AccessDeniedException", "is not authorized to perform: lambda:ListFunctions", awserr.Denied},
		{kinds.LambdaFunction, 429, "TooManyRequestsException", "Rate exceeded", awserr.Throttled},
		{kinds.LambdaFunction, 403, "UnrecognizedClientException", "The security token is invalid.", awserr.Expired},
		{kinds.ECSCluster, 400, "AccessDeniedException", "is not authorized to perform: ecs:ListClusters", awserr.Denied},
		{kinds.ECSCluster, 400, "ThrottlingException", "Rate exceeded", awserr.Throttled},
		{kinds.OrganizationsAccount, 400, "TooManyRequestsException", "Too many requests", awserr.Throttled},
		{kinds.OrganizationsAccount, 400, "AccessDeniedException", "You don't have permissions to access this resource.", awserr.Denied},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.kind.Service.Prefix, " ", test.code, " ", test.class), func(t *testing.T) {
			t.Parallel()
			r := newReplay(t, test.kind)
			r.spoil = func(_ string, _ int, request *http.Request) *reply {
				return refusal(request, test.status, test.code, test.message)
			}
			documents, errs := r.read(test.kind)
			if len(documents) > 0 || len(errs) != 1 || awserr.ClassOf(errs[0]) != test.class {
				t.Errorf("documents %v, errors %v, want class %s", documents, errs, test.class)
			}
			if !strings.Contains(awserr.Message(errs[0]), test.message) {
				t.Errorf("the message is %q, want AWS's %q", awserr.Message(errs[0]), test.message)
			}
		})
	}
}
