package awssim

import (
	"regexp"
	"strings"
)

// Bucket is a bucket of S3. Its attributes are PublicAccessBlockConfiguration,
// OwnershipControls and ServerSideEncryptionConfiguration.
const Bucket = "AWS::S3::Bucket"

func init() {
	s3 := service{
		name: "s3", wire: s3Wire{},
		dialect: dialect{
			missingKey:       refuse(403, "AccessDenied", "Access Denied"),
			unknownKey:       refuse(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
			badSignature:     refuse(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method."),
			skewed:           refuse(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
			expired:          refuse(400, "ExpiredToken", "The provided token has expired."),
			denied:           refuse(403, "AccessDenied", ""),
			throttled:        refuse(503, "SlowDown", "Please reduce your request rate."),
			failed:           refuse(500, "InternalError", "We encountered an internal error. Please try again."),
			unavailable:      refuse(503, "ServiceUnavailable", "Service is unable to handle request."),
			unknownOperation: refuse(405, "MethodNotAllowed", ""),
			badParameter:     refuse(400, "InvalidArgument", ""),
			badToken:         refuse(400, "InvalidArgument", "The continuation token provided is incorrect").with(object{{"ArgumentName", "continuation-token"}}),
			badSize:          refuse(400, "InvalidArgument", "The value %d of the argument max-buckets is not an integer between %d and %d").with(object{{"ArgumentName", "max-buckets"}}),
			skew:             15,
		},
		scope: func(c *call) string {
			if name := c.text("Bucket"); name != "" {
				return c.server.arn("s3", "", "", name)
			}
			return "*"
		},
	}
	s3.simulate(
		kind{
			name: Bucket, form: regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`),
			things: []string{"logs", "assets", "exports", "backups", "artifacts", "raw-events", "reports", "uploads"},
			ids: names(func(o origin, _ *die, name, number string) string {
				return name + "-" + o.account + "-" + o.region + "-" + number
			}),
		},
		operation{
			name: "ListBuckets", action: "s3:ListAllMyBuckets", http: "GET /", takes: members{"prefix": isText, "bucket-region": isText},
			list: buckets, answer: listBuckets,
		},
		ofBucket("GetBucketTagging", "s3:GetBucketTagging", "tagging", bucketTagging),
		ofBucket("GetBucketLocation", "s3:GetBucketLocation", "location", bucketLocation),
		ofBucket("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", "publicAccessBlock",
			bucketConfiguration("PublicAccessBlockConfiguration", "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")),
		ofBucket("GetBucketOwnershipControls", "s3:GetBucketOwnershipControls", "ownershipControls",
			bucketConfiguration("OwnershipControls", "OwnershipControlsNotFoundError", "The bucket ownership controls were not found")),
		ofBucket("GetBucketEncryption", "s3:GetEncryptionConfiguration", "encryption",
			bucketConfiguration("ServerSideEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found")),
	)
}

// ofBucket is an operation about one bucket, which a query parameter chooses.
func ofBucket(name, action, choice string, reply func(*call, *Resource) (object, error)) operation {
	return operation{
		name: name, action: action, http: "GET /{Bucket}?" + choice, takes: members{"Bucket": isText},
		answer: func(c *call) (object, error) {
			r, err := c.theBucket()
			if err != nil {
				return nil, err
			}
			return reply(c, &r)
		},
	}
}

var buckets = &listing{
	items: "Buckets", size: bounds{"max-buckets", 1, 10_000, 10_000}, token: "continuation-token", next: "ContinuationToken",
	of: func(c *call) (source, error) {
		region := c.text("bucket-region")
		if region != "" && regionState(c.server.world.partition, region, nil) == "" {
			return nil, c.service.dialect.badParameter.with(object{{"ArgumentName", "bucket-region"}, {"ArgumentValue", region}}).saying(
				"Argument value %s is not a valid AWS Region", region)
		}
		return func(from, size int) ([]any, int) {
			found, next := c.server.world.bucketsPage(c.caller.account, c.text("prefix"), region, from, size)
			return items(c, found, listedBucket), next
		}, nil
	},
	more: func(c *call, _ string) object {
		return object{{"Owner", object{{"ID", dieOf("owner", c.caller.account).hex(64)}}}}
	},
}

// listBuckets lists the buckets of all regions.
func listBuckets(c *call) (object, error) {
	answer, err := buckets.answer(c)
	return object{{"ListAllMyBucketsResult", answer.optional("Prefix", c.text("prefix"))}}, err
}

// listedBucket has the region only if the call uses one of the parameters, as in S3.
func listedBucket(c *call, r *Resource) object {
	item := object{{"Name", r.ID}, {"CreationDate", stamp(created(r))}}
	if len(c.input) > 0 {
		item = append(item, member{"BucketRegion", r.Region})
	}
	return item
}

// regionShift leaves room for a slot below the number of the region.
const regionShift = 40

// bucketsPage pages through the buckets of all regions, or of one.
func (w *world) bucketsPage(account, prefix, region string, from, size int) ([]Resource, int) {
	all := selection{kind: Bucket, keep: func(r *Resource) bool { return strings.HasPrefix(r.ID, prefix) }}
	return w.everywhere(account, all, region, from, size)
}

// everywhere pages through a selection on the shelves of all regions, one after the other, or
// of only one unless that is empty.
func (w *world) everywhere(account string, of selection, only string, from, size int) ([]Resource, int) {
	regions := AllRegions(w.partition)
	var found []Resource
	slot := from & (1<<regionShift - 1)
	for i := from >> regionShift; i < len(regions); i, slot = i+1, 0 {
		if only != "" && regions[i] != only {
			continue
		}
		part, next := w.list(account, regions[i], of, slot, size-len(found))
		found = append(found, part...)
		if next >= 0 {
			return found, i<<regionShift | next
		}
	}
	return found, -1
}

// theBucket finds the bucket that a call is about, if it is the caller's and the
// call went to its region. Us-east-1 also answers for a bucket's location.
func (c *call) theBucket() (Resource, error) {
	name := c.text("Bucket")
	c.call.Resource = name
	at, exists := c.server.world.bucket(name)
	if exists && c.meets(Vanish) {
		c.server.Remove(at.account, Bucket, at.region, name)
		exists = false
	}
	bucket := object{{"BucketName", name}}
	if !exists {
		return Resource{}, refusal{status: 404, code: "NoSuchBucket", extra: bucket}.saying("The specified bucket does not exist")
	}
	owner := c.request.Header.Get("X-Amz-Expected-Bucket-Owner")
	if at.account != c.caller.account || owner != "" && owner != at.account {
		return Resource{}, c.service.dialect.denied.saying("Access Denied")
	}
	asked := c.signature.region
	if asked != at.region && !(asked == "us-east-1" && c.operation.name == "GetBucketLocation") {
		return Resource{}, c.elsewhere(name, at.region)
	}
	r, _ := c.server.world.find(at.account, Bucket, at.region, name)
	return r, nil
}

// elsewhere sends a client to a bucket's own region: the global endpoint, which
// us-east-1 shares, complains of the signature, the others redirect.
func (c *call) elsewhere(name, region string) error {
	if c.signature.region == "us-east-1" {
		r := refusal{status: 400, code: "AuthorizationHeaderMalformed", extra: object{{"Region", region}}, region: region}
		return r.saying("The authorization header is malformed; the region 'us-east-1' is wrong; expecting '%s'", region)
	}
	host := name + ".s3." + region + "." + domain(c.server.world.partition)
	r := refusal{status: 301, code: "PermanentRedirect", extra: object{{"Endpoint", host}, {"Bucket", name}}, region: region}
	return r.saying("The bucket you are attempting to access must be addressed using the specified endpoint. " +
		"Please send all future requests to this endpoint.")
}

func bucketTagging(_ *call, r *Resource) (object, error) {
	if len(r.Tags) == 0 {
		return nil, refuse(404, "NoSuchTagSet", "The TagSet does not exist").with(object{{"BucketName", r.ID}}).plain()
	}
	return object{{"Tagging", object{{"TagSet", tagList(r.Tags, "Key", "Value")}}}}, nil
}

// bucketLocation returns a bucket's region, which is null for us-east-1.
func bucketLocation(_ *call, r *Resource) (object, error) {
	return object{{"LocationConstraint", strings.TrimPrefix(r.Region, "us-east-1")}}, nil
}

// bucketForm is the configurations that a bucket has. Some buckets were never
// given a public access block.
func bucketForm(r *Resource) object {
	form := object{
		{"OwnershipControls", object{{"Rule", object{{"ObjectOwnership", "BucketOwnerEnforced"}}}}},
		{"ServerSideEncryptionConfiguration", object{{"Rule", object{
			{"ApplyServerSideEncryptionByDefault", object{{"SSEAlgorithm", "AES256"}}},
			{"BucketKeyEnabled", false},
		}}}},
	}
	if !dieOf("access", r.ID).oneIn(8) {
		form = append(form, member{"PublicAccessBlockConfiguration", object{
			{"BlockPublicAcls", true}, {"IgnorePublicAcls", true}, {"BlockPublicPolicy", true}, {"RestrictPublicBuckets", true},
		}})
	}
	return form.with(r.Attributes)
}

// bucketConfiguration replies with one configuration of a bucket.
func bucketConfiguration(name, missing, message string) func(*call, *Resource) (object, error) {
	return func(_ *call, r *Resource) (object, error) {
		content, there := fields(bucketForm(r).get(name))
		if !there {
			return nil, refuse(404, missing, message).with(object{{"BucketName", r.ID}}).plain()
		}
		return object{{name, content}}, nil
	}
}
