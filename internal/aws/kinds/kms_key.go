package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"portolan/internal/aws/kind"
)

// KMSKey is AWS::KMS::Key: the keys of the account, with those that AWS manages for it.
var KMSKey = &kind.Kind{
	Type:    "AWS::KMS::Key",
	Service: kind.Service{Prefix: "kms", OfferedAs: "kms", Client: kind.Client(kms.NewFromConfig)},
	List: kind.Listing{
		Name:     "ListKeysAction",
		Actions:  []string{"kms:ListKeys"},
		PageSize: 1000, NamesOnly: true,
		// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
		Pages: kind.Paged(func(c *kms.Client) *kms.ListKeysPaginator {
			return kms.NewListKeysPaginator(c, &kms.ListKeysInput{Limit: aws.Int32(1000)})
		}, kind.Objects("Keys", "KeyId")),
	},
	Default: []kind.FollowUp{{
		Name:      "DescribeKeyAction",
		Actions:   []string{"kms:DescribeKey"},
		Essential: true,
		Gone:      []string{"NotFoundException"},
		Call: kind.One((*kms.Client).DescribeKey, func(r *kind.Resource) *kms.DescribeKeyInput {
			return &kms.DescribeKeyInput{KeyId: aws.String(r.ID)}
		}, kind.Member("KeyMetadata")),
	}},
	Optional: []kind.FollowUp{{
		Name:    "ListResourceTagsAction",
		Actions: []string{"kms:ListResourceTags"},
		Call: kind.Gathered(func(c *kms.Client, _ kind.Target, r *kind.Resource) *kms.ListResourceTagsPaginator {
			return kms.NewListResourceTagsPaginator(c, &kms.ListResourceTagsInput{KeyId: aws.String(r.ID), Limit: aws.Int32(50)})
		}, "Tags", "Tags"),
		Bulk: kind.Tagged(kind.TagForm{ARN: "KeyArn", Property: "Tags", Key: "TagKey", Value: "TagValue", Made: "CreationDate"}),
	}, {
		Name:    "GetKeyRotationStatusAction",
		Actions: []string{"kms:GetKeyRotationStatus"},
		// A key that is asymmetric, imported or about to be deleted has no rotation:
		// https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
		Absent: []string{"UnsupportedOperationException", "KMSInvalidStateException"},
		Call: kind.One((*kms.Client).GetKeyRotationStatus, func(r *kind.Resource) *kms.GetKeyRotationStatusInput {
			return &kms.GetKeyRotationStatusInput{KeyId: aws.String(r.ID)}
		}, kind.Property("KeyRotationEnabled", "KeyRotationEnabled")),
	}},
	Events: kind.Events{
		Calls: `CreateKey ReplicateKey EnableKey DisableKey ScheduleKeyDeletion CancelKeyDeletion
		UpdateKeyDescription UpdatePrimaryRegion EnableKeyRotation DisableKeyRotation RotateKeyOnDemand
		ImportKeyMaterial DeleteImportedKeyMaterial TagResource UntagResource RotateKey
		SynchronizeMultiRegionKey DeleteExpiredKeyMaterial DeleteKey`,
		Sent: []string{"KMS CMK Deletion", "KMS CMK Rotation", "KMS Imported Key Material Expiration"},
	},
	Document: kind.Form{Properties: `KeyId Arn AWSAccountId CloudHsmClusterId CreationDate CurrentKeyMaterialId
		CustomKeyStoreId CustomerMasterKeySpec DeletionDate Description Enabled EncapsulationAlgorithms EncryptionAlgorithms
		ExpirationModel KeyAgreementAlgorithms KeyManager KeySpec KeyState KeyUsage MacAlgorithms MultiRegion
		MultiRegionConfiguration Origin PendingDeletionWindowInDays SigningAlgorithms ValidTo XksKeyConfiguration Tags
		KeyRotationEnabled`},
}
