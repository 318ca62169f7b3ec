package estate

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

// statePrefix is where in its bucket the state is.
const statePrefix = "state"

// addState makes the bucket of charts, lease and reports. Former versions stay for a
// month, for whoever wants to know what a run knew.
func (i *installation) addState() {
	removal, encryption := awscdk.RemovalPolicy_DESTROY, awss3.BucketEncryption_S3_MANAGED
	if i.config.RetainState {
		removal = awscdk.RemovalPolicy_RETAIN
	}
	if i.key != nil {
		encryption = awss3.BucketEncryption_KMS
	}
	i.state = awss3.NewBucket(i.Stack, jsii.String("State"), &awss3.BucketProps{
		Encryption: encryption, EncryptionKey: i.key, BucketKeyEnabled: jsii.Bool(i.key != nil),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		EnforceSSL:        jsii.Bool(true), MinimumTLSVersion: jsii.Number(1.2),
		Versioned:     jsii.Bool(true),
		RemovalPolicy: removal,
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Id:                                  jsii.String("former-versions"),
			NoncurrentVersionExpiration:         awscdk.Duration_Days(jsii.Number(30)),
			ExpiredObjectDeleteMarker:           jsii.Bool(true),
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(1)),
		}},
	})
}

// addSecret makes the secret without a value, which never passes through a template,
// or takes the one that is there.
func (i *installation) addSecret() {
	if i.config.PortSecretARN != "" {
		i.secretARN = &i.config.PortSecretARN
		return
	}
	secret := awssecretsmanager.NewCfnSecret(i.Stack, jsii.String("PortSecret"), &awssecretsmanager.CfnSecretProps{
		Description: jsii.String("Port's credentials for Portolan: PORT_CLIENT_ID and PORT_CLIENT_SECRET"),
		KmsKeyId:    optional(i.config.KMSKeyARN),
	})
	i.secretARN = secret.Ref()
}

// addQueue makes a queue for what could not be done. A message stays for two weeks,
// the longest that SQS keeps one.
func (i *installation) addQueue(id string) awssqs.Queue {
	encryption := awssqs.QueueEncryption_SQS_MANAGED
	if i.key != nil {
		encryption = awssqs.QueueEncryption_KMS
	}
	return awssqs.NewQueue(i.Stack, &id, &awssqs.QueueProps{
		Encryption: encryption, EncryptionMasterKey: i.key, EnforceSSL: jsii.Bool(true),
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
	})
}
