package kinds_test

import (
	"net/url"
	"reflect"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"portolan/internal/aws/kinds"
)

// TestRatesAreTheSDKs wants every service and operation to be named as the SDK
// names it, and none to be under two entries.
func TestRatesAreTheSDKs(t *testing.T) {
	t.Parallel()
	clients := map[string]reflect.Type{
		account.ServiceID:                  reflect.TypeFor[*account.Client](),
		dynamodb.ServiceID:                 reflect.TypeFor[*dynamodb.Client](),
		ec2.ServiceID:                      reflect.TypeFor[*ec2.Client](),
		ecs.ServiceID:                      reflect.TypeFor[*ecs.Client](),
		kms.ServiceID:                      reflect.TypeFor[*kms.Client](),
		lambda.ServiceID:                   reflect.TypeFor[*lambda.Client](),
		organizations.ServiceID:            reflect.TypeFor[*organizations.Client](),
		resourcegroupstaggingapi.ServiceID: reflect.TypeFor[*resourcegroupstaggingapi.Client](),
		sesv2.ServiceID:                    reflect.TypeFor[*sesv2.Client](),
		sns.ServiceID:                      reflect.TypeFor[*sns.Client](),
		sqs.ServiceID:                      reflect.TypeFor[*sqs.Client](),
		sts.ServiceID:                      reflect.TypeFor[*sts.Client](),
	}
	named := make(map[[2]string]bool)
	for _, rate := range kinds.Rates {
		client, ok := clients[rate.Service]
		if !ok {
			t.Errorf("%q is not the id of a service", rate.Service)
			continue
		}
		operations := rate.Operations
		if len(operations) == 0 {
			operations = []string{""}
		}
		for _, operation := range operations {
			if _, ok := client.MethodByName(operation); !ok && operation != "" {
				t.Errorf("%s has no operation %q", rate.Service, operation)
			}
			key := [2]string{rate.Service, operation}
			if named[key] {
				t.Errorf("%s %q is under two entries", rate.Service, operation)
			}
			named[key] = true
		}
	}
}

func TestRatesAreSound(t *testing.T) {
	t.Parallel()
	code := regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	for _, rate := range kinds.Rates {
		if rate.PerSecond <= 0 || rate.Burst < 1 {
			t.Errorf("%s %v: %v calls a second and a burst of %d let no call through",
				rate.Service, rate.Operations, rate.PerSecond, rate.Burst)
		}
		for region, perSecond := range rate.Regions {
			if !code.MatchString(region) || perSecond <= 0 {
				t.Errorf("%s %v: %v calls a second in %q", rate.Service, rate.Operations, perSecond, region)
			}
		}
		source, err := url.Parse(rate.Source)
		if err != nil || source.Scheme != "https" || source.Host != "docs.aws.amazon.com" || len(source.Path) < 2 {
			t.Errorf("%s %v: %q is not a page of AWS's documentation", rate.Service, rate.Operations, rate.Source)
		}
	}
}
