package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"portolan/internal/aws/kind"
)

// KMSKey is AWS::KMS::Key: the keys of the account, those that AWS manages for it
// among them.
var KMSKey = &kind.Kind{
	Type:      "AWS::KMS::Key",
	Service:   "kms",
	OfferedAs: "kms",
	List: kind.Listing{
		Name:     "ListKeysAction",
		Actions:  []string{"kms:ListKeys"},
		PageSize: 1000, NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
			return kind.Walk(ctx, kms.NewListKeysPaginator(kms.NewFromConfig(t.Config),
				&kms.ListKeysInput{Limit: aws.Int32(1000)}), kind.Objects("Keys", "KeyId"))
		},
	},
	Default: []kind.FollowUp{{
		Name:      "DescribeKeyAction",
		Actions:   []string{"kms:DescribeKey"},
		Essential: true,
		Gone:      []string{"NotFoundException"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(kms.NewFromConfig(t.Config).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(r.ID)}))
			key, _ := answer["KeyMetadata"].(kind.Object)
			return key, err
		}),
	}},
	Optional: []kind.FollowUp{{
		Name:    "ListResourceTagsAction",
		Actions: []string{"kms:ListResourceTags"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			return kind.Gather(kind.Answers(ctx, kms.NewListResourceTagsPaginator(kms.NewFromConfig(t.Config),
				&kms.ListResourceTagsInput{KeyId: aws.String(r.ID), Limit: aws.Int32(50)})), "Tags", "Tags")
		}),
	}, {
		Name:    "GetKeyRotationStatusAction",
		Actions: []string{"kms:GetKeyRotationStatus"},
		// What is asymmetric, imported or about to be deleted has no rotation:
		// https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
		Absent: []string{"UnsupportedOperationException", "KMSInvalidStateException"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(kms.NewFromConfig(t.Config).GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: aws.String(r.ID)}))
			return kind.Take(answer, "KeyRotationEnabled", "KeyRotationEnabled"), err
		}),
	}},
	Document: kind.Form{Properties: `KeyId Arn AWSAccountId CloudHsmClusterId CreationDate CurrentKeyMaterialId
		CustomKeyStoreId CustomerMasterKeySpec DeletionDate Description Enabled EncapsulationAlgorithms EncryptionAlgorithms
		ExpirationModel KeyAgreementAlgorithms KeyManager KeySpec KeyState KeyUsage MacAlgorithms MultiRegion
		MultiRegionConfiguration Origin PendingDeletionWindowInDays SigningAlgorithms ValidTo XksKeyConfiguration Tags
		KeyRotationEnabled`},
}
