package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"portolan/internal/aws/kind"
)

// SESConfigurationSet is AWS::SES::ConfigurationSet.
var SESConfigurationSet = &kind.Kind{
	Type:    "AWS::SES::ConfigurationSet",
	Service: kind.Service{Prefix: "ses", OfferedAs: "ses", Client: kind.Client(sesv2.NewFromConfig)},
	List: kind.Listing{
		Name:     "ListConfigurationSetsAction",
		Actions:  []string{"ses:ListConfigurationSets"},
		PageSize: 1000, NamesOnly: true,
		// PageSize has no documented bounds: SES chooses the size of a page.
		Pages: kind.Paged(func(c *sesv2.Client) *sesv2.ListConfigurationSetsPaginator {
			return sesv2.NewListConfigurationSetsPaginator(c, &sesv2.ListConfigurationSetsInput{})
		}, kind.Names("ConfigurationSets", "ConfigurationSetName")),
	},
	Default: []kind.FollowUp{{
		Name:      "GetConfigurationSetAction",
		Actions:   []string{"ses:GetConfigurationSet"},
		Essential: true,
		Gone:      []string{"NotFoundException"},
		Call: kind.One((*sesv2.Client).GetConfigurationSet, func(r *kind.Resource) *sesv2.GetConfigurationSetInput {
			return &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String(r.ID)}
		}, kind.Whole),
	}},
	Events: kind.Events{Calls: `CreateConfigurationSet PutConfigurationSetArchivingOptions PutConfigurationSetDeliveryOptions
		PutConfigurationSetReputationOptions PutConfigurationSetSendingOptions
		PutConfigurationSetSuppressionOptions PutConfigurationSetTrackingOptions PutConfigurationSetVdmOptions
		CreateConfigurationSetTrackingOptions UpdateConfigurationSetTrackingOptions
		DeleteConfigurationSetTrackingOptions UpdateConfigurationSetReputationMetricsEnabled
		UpdateConfigurationSetSendingEnabled TagResource UntagResource DeleteConfigurationSet`},
	Document: kind.Form{Properties: `ConfigurationSetName TrackingOptions DeliveryOptions ReputationOptions SendingOptions Tags
		SuppressionOptions VdmOptions ArchivingOptions`},
}
