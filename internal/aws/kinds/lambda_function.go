package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"portolan/internal/aws/kind"
)

// LambdaFunction is AWS::Lambda::Function; published versions are not listed.
var LambdaFunction = &kind.Kind{
	Type:      "AWS::Lambda::Function",
	Service:   "lambda",
	OfferedAs: "lambda",
	List: kind.Listing{
		Name:     "ListFunctionsAction",
		Actions:  []string{"lambda:ListFunctions"},
		PageSize: 50,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// A page holds at most 50 functions, whatever MaxItems asks for:
			// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
			return kind.Walk(ctx, lambda.NewListFunctionsPaginator(lambda.NewFromConfig(t.Config),
				&lambda.ListFunctionsInput{MaxItems: aws.Int32(50)}), kind.Objects("Functions", "FunctionArn"))
		},
	},
	Optional: []kind.FollowUp{{
		Name:    "ListTagsAction",
		Actions: []string{"lambda:ListTags"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(lambda.NewFromConfig(t.Config).ListTags(ctx, &lambda.ListTagsInput{Resource: aws.String(r.ID)}))
			return kind.Take(answer, "Tags", "Tags"), err
		}),
	}},
	Document: kind.Form{
		Properties: `Architectures CodeSha256 CodeSize DeadLetterConfig Description Environment EphemeralStorage
			FileSystemConfigs FunctionArn FunctionName Handler ImageConfigResponse KMSKeyArn LastModified LastUpdateStatus
			LastUpdateStatusReason LastUpdateStatusReasonCode Layers LoggingConfig MasterArn MemorySize PackageType
			RevisionId Role Runtime RuntimeVersionConfig SigningJobArn SigningProfileVersionArn SnapStart State StateReason
			StateReasonCode Tags Timeout TracingConfig Version VpcConfig`,
		Renamed: map[string]string{"KMSKeyArn": "KmsKeyArn"},
	},
}
