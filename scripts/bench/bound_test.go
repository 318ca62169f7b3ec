//go:build bench

package main

import (
	"fmt"
	"time"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

// allowedTime is the shortest time in which AWS allows the calls: the longest time that
// one account's calls under one rate in one region take, minus the burst.
func allowedTime(calls []awssim.Call) (least time.Duration, why string) {
	type bucket struct {
		account, region string
		rate            int
	}
	made := map[bucket]int{}
	for _, c := range calls {
		if at := rateOf(c); at >= 0 {
			made[bucket{c.Account, c.Region, at}]++
		}
	}
	for b, n := range made {
		rate := &kinds.Rates[b.rate]
		took := time.Duration(float64(n-rate.Burst) / rate.In(b.region) * float64(time.Second))
		if took > least {
			least, why = took, fmt.Sprintf("%d calls to %s %v in %s of %s", n, rate.Service, rate.Operations, b.region, b.account)
		}
	}
	return least, why
}

// services maps the names under which requests are signed to the SDK's names, if they
// differ.
var services = map[string]string{
	"account": "Account", "dynamodb": "DynamoDB", "ec2": "EC2", "ecs": "ECS", "kms": "KMS", "lambda": "Lambda",
	"organizations": "Organizations", "ses": "SESv2", "sns": "SNS", "sqs": "SQS", "sts": "STS",
}

func rateOf(c awssim.Call) int {
	rest := -1
	for i, r := range kinds.Rates {
		switch {
		case r.Service != services[c.Service]:
		case has(r, c.Operation):
			return i
		case len(r.Operations) == 0:
			rest = i
		}
	}
	return rest
}

func has(r kind.Rate, operation string) bool {
	for _, o := range r.Operations {
		if o == operation {
			return true
		}
	}
	return false
}

// portTime is the calls to Port over the rates that Port documents, of the family
// that takes the longest.
func portTime(r *report.Report) time.Duration {
	families := map[string]portsim.Family{
		port.FamilyBulkUpsert: portsim.BulkUpsert, port.FamilySingleUpsert: portsim.SingleUpsert, port.FamilyEntities: portsim.Entities,
	}
	limits := portsim.DocumentedLimits()
	var least time.Duration
	for name, family := range families {
		limit := limits[family]
		least = max(least, time.Duration(float64(r.Port[name].Calls)/float64(limit.Calls)*float64(limit.Window)))
	}
	return least
}
