package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"portolan/internal/aws/kind"
)

// SESConfigurationSet is AWS::SES::ConfigurationSet.
var SESConfigurationSet = &kind.Kind{
	Type:      "AWS::SES::ConfigurationSet",
	Service:   "ses",
	OfferedAs: "ses",
	List: kind.Listing{
		Name:     "ListConfigurationSetsAction",
		Actions:  []string{"ses:ListConfigurationSets"},
		PageSize: 1000, NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// PageSize has no documented bounds: SES chooses the size of a page.
			return kind.Walk(ctx, sesv2.NewListConfigurationSetsPaginator(sesv2.NewFromConfig(t.Config),
				&sesv2.ListConfigurationSetsInput{}), kind.Names("ConfigurationSets", "ConfigurationSetName"))
		},
	},
	Default: []kind.FollowUp{{
		Name:      "GetConfigurationSetAction",
		Actions:   []string{"ses:GetConfigurationSet"},
		Essential: true,
		Gone:      []string{"NotFoundException"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			return kind.Answer(sesv2.NewFromConfig(t.Config).GetConfigurationSet(ctx,
				&sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String(r.ID)}))
		}),
	}},
	Document: kind.Form{Properties: `ConfigurationSetName TrackingOptions DeliveryOptions ReputationOptions SendingOptions Tags
		SuppressionOptions VdmOptions ArchivingOptions`},
}
