package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"portolan/internal/aws/kind"
)

// LambdaFunction is AWS::Lambda::Function; published versions are not listed.
var LambdaFunction = &kind.Kind{
	Type:    "AWS::Lambda::Function",
	Service: kind.Service{Prefix: "lambda", OfferedAs: "lambda", Client: kind.Client(lambda.NewFromConfig)},
	List: kind.Listing{
		Name:     "ListFunctionsAction",
		Actions:  []string{"lambda:ListFunctions"},
		PageSize: 50,
		// A page holds at most 50 functions, whatever MaxItems asks for:
		// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
		Pages: kind.Paged(func(c *lambda.Client) *lambda.ListFunctionsPaginator {
			return lambda.NewListFunctionsPaginator(c, &lambda.ListFunctionsInput{MaxItems: aws.Int32(50)})
		}, kind.Objects("Functions", "FunctionArn")),
	},
	Optional: []kind.FollowUp{{
		Name:    "ListTagsAction",
		Actions: []string{"lambda:ListTags"},
		Call: kind.One((*lambda.Client).ListTags, func(r *kind.Resource) *lambda.ListTagsInput {
			return &lambda.ListTagsInput{Resource: aws.String(r.ID)}
		}, kind.Property("Tags", "Tags")),
		Bulk: kind.Tagged(kind.TagForm{Property: "Tags", Made: "LastModified"}),
	}},
	Events: kind.Events{Calls: `CreateFunction2* UpdateFunctionC* TagResource2* UntagResource2* DeleteFunction2*`},
	Document: kind.Form{
		Properties: `Architectures CodeSha256 CodeSize DeadLetterConfig Description Environment EphemeralStorage
			FileSystemConfigs FunctionArn FunctionName Handler ImageConfigResponse KMSKeyArn LastModified LastUpdateStatus
			LastUpdateStatusReason LastUpdateStatusReasonCode Layers LoggingConfig MasterArn MemorySize PackageType
			RevisionId Role Runtime RuntimeVersionConfig SigningJobArn SigningProfileVersionArn SnapStart State StateReason
			StateReasonCode Tags Timeout TracingConfig Version VpcConfig`,
		Renamed: map[string]string{"KMSKeyArn": "KmsKeyArn"},
	},
}
