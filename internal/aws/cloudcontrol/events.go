package cloudcontrol

import (
	"slices"
	"strings"

	"portolan/internal/aws/kind"
)

// named are the services that are known to have another name in CloudTrail than in IAM.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/logging_cw_api_calls.html
var named = map[string]string{"cloudwatch": "monitoring"}

// events returns which events tell of the type: every write of its service. Which operations
// matter is not known for a type of the table; a hint too many costs a reading.
func (t Type) events() kind.Events {
	service := t.prefix()
	if service == "" {
		return kind.Events{}
	}
	if name, other := named[service]; other {
		service = name
	}
	return kind.Events{From: service + ".amazonaws.com", Writes: true}
}

// prefix returns the IAM prefix of the service that the type belongs to: the one that its
// handlers call most. They call others for keys and names. It is "" if they declare nothing.
func (t Type) prefix() string {
	count := map[string]int{}
	best := ""
	for _, action := range slices.Concat(t.ListActions, t.ReadActions) {
		prefix, _, _ := strings.Cut(strings.ToLower(action), ":")
		if prefix == "kms" && t.Service() != "KMS" {
			continue
		}
		count[prefix]++
		if prefix == strings.ToLower(t.Service()) {
			return prefix
		}
		if best == "" || count[prefix] > count[best] {
			best = prefix
		}
	}
	return best
}
