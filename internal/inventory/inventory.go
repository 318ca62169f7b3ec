// Package inventory asks AWS Config what there is in an account and region, and
// decides whether its answer shows that there is nothing of a type.
//
// A count of zero shows that only where Config is complete: a recorder of the account
// covers the type, records it continuously, works, and has done so for a day. Whatever
// is not shown is doubt, and an answer in doubt shows nothing. What became of a
// resource within the last minutes Config does not know yet, and whether it counts a
// type in every region it does not tell: so the package speaks of what Config shows,
// and what may hang on that is for others to decide.
package inventory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"portolan/internal/fault"
)

const (
	// Service is the IAM prefix of AWS Config.
	Service = "config"
	// ServiceID is the name under which the SDK's clients count its calls.
	ServiceID = configservice.ServiceID
	// Calls is how many calls Ask makes where the counts fit on a page, the greatest
	// number that is usual.
	Calls = 3
)

// settled is how long a recorder must have been recording: it takes its time to find
// what was there before.
const settled = 24 * time.Hour

// countsPage is the greatest page:
// https://docs.aws.amazon.com/config/latest/APIReference/API_GetDiscoveredResourceCounts.html
const countsPage = 100

// The doubts that Empty gives. They are the ends of the sentence "nothing is shown,
// because …".
const (
	NoRecorder   = "no configuration recorder is set up"
	NotRecording = "the configuration recorder is stopped"
	NotWell      = "the configuration recorder's last status is not a success"
	TooYoung     = "the configuration recorder was started less than a day ago, or does not say when"
	NothingAtAll = "the configuration recorder has counted no resource of any type"
	Unequal      = "the counts do not add up to the total that Config gives"
	NotCovered   = "the configuration recorder leaves the type out"
	NotAtOnce    = "the configuration recorder records the type once a day, or does not say how often"
)

// Inventory is what Config says of an account and region.
type Inventory struct {
	counts    map[string]int64
	recorders []types.ConfigurationRecorder // those that are at work
	doubt     string                        // of all types
}

// Ask asks AWS Config in the account and region of the config. The error is classified.
func Ask(ctx context.Context, config aws.Config, now time.Time) (*Inventory, error) {
	client := configservice.NewFromConfig(config)
	recorders, err := client.DescribeConfigurationRecorders(ctx, &configservice.DescribeConfigurationRecordersInput{})
	if err != nil {
		return nil, fault.New("config:DescribeConfigurationRecorders", err)
	}
	own := slices.DeleteFunc(recorders.ConfigurationRecorders, func(r types.ConfigurationRecorder) bool {
		return aws.ToString(r.ServicePrincipal) != "" // a service's own, which counts for that service
	})
	if len(own) == 0 {
		return &Inventory{doubt: NoRecorder}, nil
	}
	i := &Inventory{counts: map[string]int64{}}
	if i.doubt, err = i.count(ctx, client); err != nil {
		return nil, fault.New("config:GetDiscoveredResourceCounts", err)
	}
	// The status comes last: a recorder that has been at work since yesterday was so
	// while it counted. One that is stopped counts nothing.
	statuses, err := client.DescribeConfigurationRecorderStatus(ctx, &configservice.DescribeConfigurationRecorderStatusInput{})
	if err != nil {
		return nil, fault.New("config:DescribeConfigurationRecorderStatus", err)
	}
	for _, r := range own {
		doubt := standing(r, statuses.ConfigurationRecordersStatus, now)
		if doubt == "" {
			i.recorders = append(i.recorders, r)
		} else if i.doubt == "" {
			i.doubt = doubt
		}
	}
	return i, nil
}

var errLeadsBack = errors.New("the token of a page of counts leads back to the page itself")

// count reads the counts of all types, to the last page, and says what is odd about
// them.
func (i *Inventory) count(ctx context.Context, client *configservice.Client) (doubt string, err error) {
	var (
		sum, total int64
		token      *string
	)
	for {
		page, err := client.GetDiscoveredResourceCounts(ctx, &configservice.GetDiscoveredResourceCountsInput{Limit: countsPage, NextToken: token})
		if err != nil {
			return "", err
		}
		total = page.TotalDiscoveredResources
		for _, c := range page.ResourceCounts {
			i.counts[string(c.ResourceType)] += c.Count
			sum += c.Count
		}
		next := aws.ToString(page.NextToken)
		if next == "" {
			break
		}
		if next == aws.ToString(token) {
			return "", errLeadsBack
		}
		token = page.NextToken
	}
	switch {
	case sum == 0:
		return NothingAtAll, nil // not even a network: it has not counted
	case sum < total:
		return Unequal, nil
	}
	return "", nil
}

// Empty says whether Config shows that there is nothing of a type, and if it does not,
// why: one of the doubts, or "" if it counts some.
func (i *Inventory) Empty(resourceType string) (empty bool, doubt string) {
	if i.counts[resourceType] > 0 {
		return false, ""
	}
	if i.doubt != "" {
		return false, i.doubt
	}
	for _, r := range i.recorders {
		if doubt = recording(r, resourceType); doubt == "" {
			return true, ""
		}
	}
	return false, doubt
}

// standing says what is wrong with a recorder, "" if it is at work and has been for a
// day.
func standing(r types.ConfigurationRecorder, statuses []types.ConfigurationRecorderStatus, now time.Time) string {
	at := slices.IndexFunc(statuses, func(s types.ConfigurationRecorderStatus) bool {
		return aws.ToString(s.Name) == aws.ToString(r.Name) && aws.ToString(s.ServicePrincipal) == ""
	})
	switch {
	case at < 0 || !statuses[at].Recording:
		return NotRecording
	// The API's reference spells it Success, and the API answers SUCCESS.
	case !strings.EqualFold(string(statuses[at].LastStatus), string(types.RecorderStatusSuccess)):
		return NotWell
	case statuses[at].LastStartTime == nil || now.Sub(*statuses[at].LastStartTime) < settled:
		return TooYoung
	}
	return ""
}

// recording says why a recorder does not record a type as soon as something becomes of
// it, "" if it does.
func recording(r types.ConfigurationRecorder, resourceType string) string {
	if r.RecordingGroup == nil || !covers(*r.RecordingGroup, types.ResourceType(resourceType)) {
		return NotCovered
	}
	if r.RecordingMode == nil {
		return NotAtOnce
	}
	overridden := false
	for _, o := range r.RecordingMode.RecordingModeOverrides {
		if slices.Contains(o.ResourceTypes, types.ResourceType(resourceType)) {
			overridden = true
			if o.RecordingFrequency != types.RecordingFrequencyContinuous {
				return NotAtOnce
			}
		}
	}
	if !overridden && r.RecordingMode.RecordingFrequency != types.RecordingFrequencyContinuous {
		return NotAtOnce
	}
	return ""
}

// covers says whether a recording group has a type.
// https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html
func covers(group types.RecordingGroup, resourceType types.ResourceType) bool {
	var strategy types.RecordingStrategyType // groups that are older than strategies have none
	if group.RecordingStrategy != nil {
		strategy = group.RecordingStrategy.UseOnly
	}
	excluded := group.ExclusionByResourceTypes
	switch strategy {
	case types.RecordingStrategyTypeAllSupportedResourceTypes:
		return group.AllSupported
	case types.RecordingStrategyTypeInclusionByResourceTypes:
		return slices.Contains(group.ResourceTypes, resourceType)
	case types.RecordingStrategyTypeExclusionByResourceTypes:
		return excluded != nil && len(excluded.ResourceTypes) > 0 && !slices.Contains(excluded.ResourceTypes, resourceType)
	case "":
		return group.AllSupported || slices.Contains(group.ResourceTypes, resourceType)
	}
	return false
}
