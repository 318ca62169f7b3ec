package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"portolan/internal/aws/kind"
)

// SESEmailIdentity is AWS::SES::EmailIdentity.
var SESEmailIdentity = &kind.Kind{
	Type:    "AWS::SES::EmailIdentity",
	Service: kind.Service{Prefix: "ses", OfferedAs: "ses", Client: kind.Client(sesv2.NewFromConfig)},
	List: kind.Listing{
		Name:     "ListEmailIdentitiesAction",
		Actions:  []string{"ses:ListEmailIdentities"},
		PageSize: 1000, NamesOnly: true,
		// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListEmailIdentities.html
		Pages: kind.Paged(func(c *sesv2.Client) *sesv2.ListEmailIdentitiesPaginator {
			return sesv2.NewListEmailIdentitiesPaginator(c, &sesv2.ListEmailIdentitiesInput{PageSize: aws.Int32(1000)})
		}, kind.Objects("EmailIdentities", "IdentityName")),
	},
	Default: []kind.FollowUp{{
		Name:      "GetEmailIdentityAction",
		Actions:   []string{"ses:GetEmailIdentity"},
		Essential: true,
		Gone:      []string{"NotFoundException"},
		Call: kind.One((*sesv2.Client).GetEmailIdentity, func(r *kind.Resource) *sesv2.GetEmailIdentityInput {
			return &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String(r.ID)}
		}, kind.Whole),
	}},
	Events: kind.Events{Calls: `CreateEmailIdentity VerifyDomainIdentity VerifyEmailIdentity VerifyEmailAddress
		PutEmailIdentityConfigurationSetAttributes PutEmailIdentityDkimAttributes
		PutEmailIdentityDkimSigningAttributes PutEmailIdentityFeedbackAttributes
		PutEmailIdentityMailFromAttributes CreateEmailIdentityPolicy UpdateEmailIdentityPolicy
		DeleteEmailIdentityPolicy PutIdentityPolicy DeleteIdentityPolicy VerifyDomainDkim
		SetIdentityDkimEnabled SetIdentityFeedbackForwardingEnabled SetIdentityMailFromDomain TagResource
		UntagResource DeleteEmailIdentity DeleteIdentity DeleteVerifiedEmailAddress`},
	Document: kind.Form{Properties: `IdentityName IdentityType SendingEnabled FeedbackForwardingStatus
		VerifiedForSendingStatus DkimAttributes MailFromAttributes Policies Tags ConfigurationSetName VerificationStatus
		VerificationInfo`},
}
