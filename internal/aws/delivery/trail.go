package delivery

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"portolan/internal/aws/awserr"
)

// Trail is a trail of CloudTrail, as an account sees it in a region.
type Trail struct {
	ARN string
	// Home is its region; EveryRegion says that it logs in all of them.
	Home        string
	EveryRegion bool
}

// Trails returns the trails that log calls of an account in a region, among them those of its
// Organization and of other regions.
func Trails(ctx context.Context, config aws.Config) ([]Trail, error) {
	out, err := cloudtrail.NewFromConfig(config).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		return nil, awserr.New("cloudtrail:DescribeTrails", err)
	}
	var trails []Trail
	for _, t := range out.TrailList {
		trails = append(trails, Trail{aws.ToString(t.TrailARN), aws.ToString(t.HomeRegion), aws.ToBool(t.IsMultiRegionTrail)})
	}
	return trails, nil
}

// Logging is what a trail logs.
type Logging struct {
	// Writes says that it is switched on and logs the calls that change something.
	Writes bool
	// Without are the services whose calls it leaves out: "kms.amazonaws.com".
	Without []string
}

// LoggingOf returns what a trail logs.
func LoggingOf(ctx context.Context, config aws.Config, trail Trail) (Logging, error) {
	client := cloudtrail.NewFromConfig(config)
	status, err := client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: &trail.ARN})
	if err != nil {
		return Logging{}, awserr.New("cloudtrail:GetTrailStatus", err)
	}
	if !aws.ToBool(status.IsLogging) {
		return Logging{}, nil
	}
	selectors, err := client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: &trail.ARN})
	if err != nil {
		return Logging{}, awserr.New("cloudtrail:GetEventSelectors", err)
	}
	for _, s := range selectors.EventSelectors {
		if aws.ToBool(s.IncludeManagementEvents) && s.ReadWriteType != types.ReadWriteTypeReadOnly {
			return Logging{Writes: true, Without: s.ExcludeManagementEventSources}, nil
		}
	}
	for _, s := range selectors.AdvancedEventSelectors {
		if l := advanced(s.FieldSelectors); l.Writes {
			return l, nil
		}
	}
	return Logging{}, nil
}

// advanced reads an advanced selector. One that asks for more than is known here counts as one that
// may leave out what matters.
func advanced(fields []types.AdvancedFieldSelector) Logging {
	var l Logging
	for _, f := range fields {
		switch field := aws.ToString(f.Field); {
		case field == "eventCategory" && slices.Equal(f.Equals, []string{"Management"}):
			l.Writes = true
		case field == "readOnly" && slices.Contains(f.Equals, "false"):
		case field == "eventSource" && len(f.NotEquals) > 0 && len(f.Equals) == 0:
			l.Without = append(l.Without, f.NotEquals...)
		default:
			return Logging{}
		}
	}
	return l
}
