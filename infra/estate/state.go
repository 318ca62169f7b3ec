package estate

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
)

// statePrefix is the place of the state in its bucket.
const statePrefix = "portolan"

// workPrefix is the place in the bucket where the steps of a run leave their work to each other.
const workPrefix = "portolan/work/"

// addState creates the bucket of the state, and lets the function use its part of it.
func (e *estate) addState() {
	props := &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		EnforceSSL:        jsii.Bool(true),
		MinimumTLSVersion: jsii.Number(1.2),
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		Versioned:         jsii.Bool(true),
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Id:                                  jsii.String("old-versions"),
			NoncurrentVersionExpiration:         awscdk.Duration_Days(jsii.Number(30)),
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(1)),
			ExpiredObjectDeleteMarker:           jsii.Bool(true),
		}},
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	}
	if e.Scale.IsDistributed() {
		*props.LifecycleRules = append(*props.LifecycleRules, &awss3.LifecycleRule{
			Id: jsii.String("work"), Prefix: jsii.String(workPrefix),
			// What a finished run leaves is useless. An unfinished run can be redriven for
			// 14 days:
			// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
			NoncurrentVersionExpiration: awscdk.Duration_Days(jsii.Number(1)),
			Expiration:                  awscdk.Duration_Days(jsii.Number(15)),
		})
	}
	if e.Storage.Retain {
		props.RemovalPolicy = awscdk.RemovalPolicy_RETAIN
	}
	if e.Storage.KMSKeyARN != "" {
		props.Encryption = awss3.BucketEncryption_KMS
		props.EncryptionKey = awskms.Key_FromKeyArn(e.stack, jsii.String("Key"), jsii.String(e.Storage.KMSKeyARN))
		props.BucketKeyEnabled = jsii.Bool(true)
		e.allow("UseKey", []string{"kms:Decrypt", "kms:GenerateDataKey"}, jsii.String(e.Storage.KMSKeyARN), nil)
	}
	e.state = awss3.NewBucket(e.stack, jsii.String("State"), props)
	e.keepOthersFromWriting()
	e.allow("KeepState", []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
		e.state.ArnForObjects(jsii.String(statePrefix+"/*")), nil)
	// There is no condition on the prefix: a request for a missing object has no prefix,
	// and S3 would answer that it is denied instead of missing.
	// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
	e.allow("ListState", []string{"s3:ListBucket"}, e.state.BucketArn(), nil)
}

// keepOthersFromWriting refuses to let anybody but the function write or delete an object of
// the state, whatever their own policies allow. Deleting a version is refused too, as it would bring an older
// record back. Who may change the bucket's policy can lift this.
func (e *estate) keepOthersFromWriting() {
	e.state.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("OnlyTheFunctionWrites"),
		Effect:     awsiam.Effect_DENY,
		Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions: jsii.Strings("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:ReplicateDelete",
			"s3:ReplicateObject", "s3:RestoreObject"),
		Resources:  &[]*string{e.state.ArnForObjects(jsii.String("*"))},
		Conditions: &map[string]any{"ArnNotEquals": map[string]any{"aws:PrincipalArn": e.execution.RoleArn()}},
	}))
}

// addSecret creates the empty secret, unless there is one, and lets the function read it.
func (e *estate) addSecret() {
	e.secretARN = jsii.String(e.Storage.PortSecretARN)
	if e.Storage.PortSecretARN == "" {
		// It has no name of its own, which could clash with that of a deleted secret that may
		// still be restored.
		props := &awssecretsmanager.CfnSecretProps{
			Description: jsii.String(`Port's credentials for Portolan: {"PORT_CLIENT_ID":"…","PORT_CLIENT_SECRET":"…"}`),
		}
		if e.Storage.KMSKeyARN != "" {
			props.KmsKeyId = jsii.String(e.Storage.KMSKeyARN)
		}
		e.secretARN = awssecretsmanager.NewCfnSecret(e.stack, jsii.String("Secret"), props).Ref()
	}
	e.allow("ReadSecret", []string{"secretsmanager:GetSecretValue"}, e.secretARN, nil)
}
