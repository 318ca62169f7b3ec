package kinds_test

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// tokenInAnswer finds the token of the next page in an answer.
var tokenInAnswer = regexp.MustCompile(`("(?:nextToken|NextToken|NextMarker|LastEvaluatedTableName)":\s*"|<(?:nextToken|NextToken|NextMarker|Marker|ContinuationToken)>)([^"<]+)`)

// ofOnePage are the operations that have pages, and are asked about so few things by name that the
// answer has one: up to a hundred instances, the one parent of an account.
var ofOnePage = []string{"DescribeInstanceStatus", "ListParents"}

// pagesOf returns the pages of a kind's archive that have a next one, by operation.
func pagesOf(t *testing.T, k *kind.Kind) map[string][]string {
	t.Helper()
	paged := make(map[string][]string)
	for _, file := range newReplay(t, k).archive.Files {
		if operation, _, _ := strings.Cut(file.Name, "."); tokenInAnswer.Match(file.Data) {
			paged[operation] = append(paged[operation], string(file.Data))
		}
	}
	return paged
}

// TestEveryPagerIsKnown: the archives show the pages of each operation that has some, so that the
// test below meets all of them.
func TestEveryPagerIsKnown(t *testing.T) {
	t.Parallel()
	known := make(map[string]bool)
	for _, k := range kinds.All {
		for operation := range pagesOf(t, k) {
			known[k.Service.Prefix+":"+operation] = true
		}
	}
	each(t, func(t *testing.T, k *kind.Kind) {
		if k.Service.Client == nil {
			return
		}
		client := reflect.TypeOf(k.Service.Client(aws.Config{}))
		for _, file := range newReplay(t, k).archive.Files {
			operation, _, _ := strings.Cut(file.Name, ".")
			method, ok := client.MethodByName(operation)
			if !ok {
				t.Fatalf("the client has no %s", operation)
			}
			if hasToken(method.Type.Out(0)) && hasToken(method.Type.In(2)) && !known[k.Service.Prefix+":"+operation] && !slices.Contains(ofOnePage, operation) {
				t.Errorf("%s has pages, and no archive has more than one; give it two", operation)
			}
		}
	})
}

func hasToken(of reflect.Type) bool {
	_, found := of.Elem().FieldByNameFunc(func(name string) bool {
		return slices.Contains([]string{"NextToken", "NextMarker", "Marker", "ContinuationToken", "LastEvaluatedTableName", "ExclusiveStartTableName"}, name)
	})
	return found
}

// TestNoPagerLeadsNowhere lets each list of each kind go on and on, with an empty page if it has one,
// and in a circle: the reading ends, and says that it is not complete.
func TestNoPagerLeadsNowhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k *kind.Kind) {
		for operation, pages := range pagesOf(t, k) {
			page := pages[len(pages)-1]
			for name, token := range map[string]func(n int) string{
				"new tokens":    func(n int) string { return fmt.Sprint("token-", n) },
				"three in turn": func(n int) string { return fmt.Sprint("token-", n%3) },
				"tokens that grow": func(n int) string {
					return strings.Repeat("x", n*1000)
				},
			} {
				t.Run(operation+"/"+name, func(t *testing.T) {
					r := newReplay(t, k)
					r.spoil = func(asked string, n int, _ *http.Request) *reply {
						if asked != operation || n > 2*answer.MaxEmptyPages {
							return nil
						}
						return &reply{http.StatusOK, tokenInAnswer.ReplaceAllString(page, "${1}"+token(n))}
					}
					_, errs := r.read(k, k.OptionalNames()...)
					if most := answer.MaxEmptyPages + 10; r.count[operation] > most {
						t.Errorf("%d calls, at most %d should be made", r.count[operation], most)
					}
					if !slices.ContainsFunc(errs, func(err error) bool { return awserr.ClassOf(err) == awserr.Failed }) {
						t.Errorf("errors %v", errs)
					}
				})
			}
		}
	})
}
