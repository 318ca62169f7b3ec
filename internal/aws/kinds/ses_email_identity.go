package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"portolan/internal/aws/kind"
)

// SESEmailIdentity is AWS::SES::EmailIdentity.
var SESEmailIdentity = &kind.Kind{
	Type:      "AWS::SES::EmailIdentity",
	Service:   "ses",
	OfferedAs: "ses",
	List: kind.Listing{
		Name:     "ListEmailIdentitiesAction",
		Actions:  []string{"ses:ListEmailIdentities"},
		PageSize: 1000, NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListEmailIdentities.html
			return kind.Walk(ctx, sesv2.NewListEmailIdentitiesPaginator(sesv2.NewFromConfig(t.Config),
				&sesv2.ListEmailIdentitiesInput{PageSize: aws.Int32(1000)}), kind.Objects("EmailIdentities", "IdentityName"))
		},
	},
	Default: []kind.FollowUp{{
		Name:      "GetEmailIdentityAction",
		Actions:   []string{"ses:GetEmailIdentity"},
		Essential: true,
		Gone:      []string{"NotFoundException"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			return kind.Answer(sesv2.NewFromConfig(t.Config).GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String(r.ID)}))
		}),
	}},
	Document: kind.Form{Properties: `IdentityName IdentityType SendingEnabled FeedbackForwardingStatus
		VerifiedForSendingStatus DkimAttributes MailFromAttributes Policies Tags ConfigurationSetName VerificationStatus
		VerificationInfo`},
}
