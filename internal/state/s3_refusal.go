package state

import (
	"errors"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
)

// refusal says what S3 refused, where, and how to fix it.
type refusal struct {
	where string
	err   *awserr.Error
}

// Error says operation, place, what S3 answered, and how to fix it.
func (r *refusal) Error() string {
	text := r.err.Op + " " + r.where + ": " + awserr.Message(r.err.Err)
	if r.err.Fix != "" {
		text += "; " + r.err.Fix
	}
	return text
}

// Unwrap returns the error with its class.
func (r *refusal) Unwrap() error { return r.err }

func (b *bucket) refused(op, name string, err error) error {
	class := awserr.ClassOf(err)
	return &refusal{where: b.Where(name), err: &awserr.Error{Op: op, Class: class, Code: diag.StateRefused, Fix: b.fix(op, class, err), Err: err}}
}

func (b *bucket) fix(op string, class awserr.Class, err error) string {
	switch awserr.Code(err) {
	case "NoSuchBucket":
		return "create the bucket " + b.name + ", or name another in PORTOLAN_STATE"
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
		return "set AWS_REGION to the region of the bucket" + regionOf(err)
	case "NotImplemented":
		return "the state needs a store with conditional writes, as Amazon S3 has"
	}
	objects := "on the objects of s3://" + b.name + "/" + b.prefix + "*"
	switch class {
	case awserr.Denied, awserr.Closed:
		switch op {
		case "s3:GetObject":
			return "allow s3:GetObject " + objects + ", and s3:ListBucket on the bucket: without the latter S3 answers the same for " +
				"an object that does not exist, so nothing is known about it"
		case "s3:ListBucket":
			return "allow s3:ListBucket on the bucket " + b.name
		}
		return "allow " + op + " and s3:GetObject " + objects // a condition on an ETag needs both
	case awserr.Expired:
		return "renew the credentials that the program starts with"
	case awserr.Timeout, awserr.Unreachable:
		return "check the network path to S3: a NAT gateway, or a VPC endpoint for S3"
	}
	return ""
}

// regionOf returns the region that S3 names in its answer, "" if it does not.
func regionOf(err error) string {
	var answer *awshttp.ResponseError
	if !errors.As(err, &answer) || answer.Response == nil || answer.Response.Header.Get("x-amz-bucket-region") == "" {
		return ""
	}
	return ", " + answer.Response.Header.Get("x-amz-bucket-region")
}

func saysNoSuchKey(err error) bool { return awserr.Code(err) == "NoSuchKey" }

// saysConflict recognizes the answers to a condition that does not hold, also because the
// object is gone, or that another request overtook.
func saysConflict(err error) bool {
	switch awserr.Code(err) {
	case "PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey":
		return true
	}
	return false
}
