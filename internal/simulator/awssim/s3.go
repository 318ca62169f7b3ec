package awssim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var s3Service = func() *service {
	return &service{
		name: "s3",
		wire: s3Wire{},
		dialect: dialect{
			missingKey:       refusal{status: 403, code: "AccessDenied", message: "Access Denied"},
			unknownKey:       refusal{status: 403, code: "InvalidAccessKeyId", message: "The AWS Access Key Id you provided does not exist in our records."},
			badSignature:     refusal{status: 403, code: "SignatureDoesNotMatch", message: "The request signature we calculated does not match the signature you provided. Check your key and signing method."},
			skewed:           refusal{status: 403, code: "RequestTimeTooSkewed", message: "The difference between the request time and the current time is too large."},
			expired:          refusal{status: 400, code: "ExpiredToken", message: "The provided token has expired."},
			denied:           refusal{status: 403, code: "AccessDenied"},
			throttled:        refusal{status: 503, code: "SlowDown", message: "Please reduce your request rate."},
			failed:           refusal{status: 500, code: "InternalError", message: "We encountered an internal error. Please try again."},
			unavailable:      refusal{status: 503, code: "ServiceUnavailable", message: "Service is unable to handle request."},
			unknownOperation: refusal{status: 405, code: "MethodNotAllowed"},
			badParameter:     refusal{status: 400, code: "InvalidArgument"},
			skew:             15,
		},
		scopeOf: func(c *call) string {
			if name := bucketAsked(c); name != "" {
				return c.server.arn("s3", "", "", name)
			}
			return "*"
		},
		operations: operations(
			operation{
				name: "ListBuckets", action: "s3:ListAllMyBuckets", serve: listBuckets,
				parameters: []string{"max-buckets", "continuation-token", "prefix", "bucket-region"},
			},
			operation{name: "GetBucketTagging", action: "s3:GetBucketTagging", serve: getBucketTagging, parameters: []string{"tagging"}},
			operation{name: "GetBucketLocation", action: "s3:GetBucketLocation", serve: getBucketLocation, parameters: []string{"location"}},
			operation{
				name: "GetPublicAccessBlock", action: "s3:GetBucketPublicAccessBlock", parameters: []string{"publicAccessBlock"},
				serve: bucketConfiguration("PublicAccessBlockConfiguration", "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
			},
			operation{
				name: "GetBucketOwnershipControls", action: "s3:GetBucketOwnershipControls", parameters: []string{"ownershipControls"},
				serve: bucketConfiguration("OwnershipControls", "OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
			},
			operation{
				name: "GetBucketEncryption", action: "s3:GetEncryptionConfiguration", parameters: []string{"encryption"},
				serve: bucketConfiguration("ServerSideEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found"),
			},
		),
	}
}()

// s3Wire is S3's REST protocol with XML bodies. Only path-style addresses are
// served: the SDK uses them for an endpoint that is an IP address.
type s3Wire struct{}

var s3Items = itemNames{"Buckets": "Bucket", "TagSet": "Tag"}

var bucketSubresources = map[string]string{
	"tagging": "GetBucketTagging", "location": "GetBucketLocation", "publicAccessBlock": "GetPublicAccessBlock",
	"ownershipControls": "GetBucketOwnershipControls", "encryption": "GetBucketEncryption",
}

func bucketAsked(c *call) string {
	return strings.Trim(c.request.URL.Path, "/")
}

func (s3Wire) operation(c *call) string {
	name := bucketAsked(c)
	if c.request.Method != http.MethodGet || strings.Contains(name, "/") {
		return c.request.Method + " Object"
	}
	if name == "" {
		return "ListBuckets"
	}
	c.call.Resource = name
	for parameter := range c.request.URL.Query() {
		if operation, known := bucketSubresources[parameter]; known {
			return operation
		}
	}
	return "GET Bucket"
}

func (s3Wire) succeed(c *call) string {
	c.out = slices.Insert(c.out, 0, []byte(`<?xml version="1.0" encoding="UTF-8"?>`+"\n")...)
	return "application/xml"
}

func (s3Wire) refuse(c *call, r *refusal, header http.Header) string {
	host := dieOf(c.id).text(76, lowerDigits)
	header.Set("x-amz-request-id", c.id)
	header.Set("x-amz-id-2", host)
	if r.region != "" {
		header.Set("x-amz-bucket-region", r.region)
	}
	body := append(object{{"Code", r.code}, {"Message", r.message}}, r.extra...)
	body = append(body, object{{"RequestId", c.id}, {"HostId", host}}...)
	c.out = append(c.out, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"...)
	c.out = s3Items.appendElement(c.out, "Error", body)
	return "application/xml"
}

const s3Namespace = ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`

// s3Reply writes an answer under its root element.
func (c *call) s3Reply(root string, answer object) error {
	c.out = append(c.out, "<"+root+s3Namespace+">"...)
	c.out = s3Items.appendElements(c.out, answer)
	c.out = closeTag(c.out, root)
	return nil
}

// s3GreatestPage is the most buckets that a call lists.
const s3GreatestPage = 10_000

// listBuckets lists the buckets of all regions. Their region is told only to
// those who use one of the parameters, as S3 does.
func listBuckets(c *call) error {
	query := c.request.URL.Query()
	size := s3GreatestPage
	if text := query.Get("max-buckets"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > s3GreatestPage {
			return c.service.dialect.badParameter.with("max-buckets", text).saying("Argument max-buckets must be an integer between 1 and %d", s3GreatestPage)
		}
		size = n
	}
	prefix, region, token := query.Get("prefix"), query.Get("bucket-region"), query.Get("continuation-token")
	if region != "" && regionState(c.server.world.partition, region, nil) == "" {
		return c.service.dialect.badParameter.with("bucket-region", region).saying("Argument value %s is not a valid AWS Region", region)
	}
	from, ok := c.slot(token, prefix+"/"+region)
	if !ok {
		return c.service.dialect.badParameter.with("continuation-token", token).saying("The continuation token provided is incorrect")
	}
	var found []Resource
	next := -1
	astray, empty := c.astray(from, prefix+"/"+region)
	if !empty {
		found, next = c.server.world.bucketsPage(c.caller.account, prefix, region, from, size)
	}
	parameters := query.Has("max-buckets") || prefix != "" || region != "" || token != ""
	list := make([]object, len(found))
	for i := range found {
		list[i] = object{{"Name", found[i].ID}, {"CreationDate", stamp(created(&found[i]))}}
		if parameters {
			list[i] = append(list[i], member{"BucketRegion", found[i].Region})
		}
	}
	answer := object{{"Buckets", list}, {"Owner", object{{"ID", dieOf("owner", c.caller.account).hex(64)}}}}
	if astray == "" && next >= 0 {
		astray = c.token(next, prefix+"/"+region)
	}
	answer = answer.optional("ContinuationToken", astray)
	return c.s3Reply("ListAllMyBucketsResult", answer.optional("Prefix", prefix))
}

// with names the argument that is wrong.
func (r refusal) with(argument, value string) refusal {
	r.extra = object{{"ArgumentName", argument}, {"ArgumentValue", value}}
	return r
}

// regionShift leaves room for a slot below the number of the region.
const regionShift = 40

// bucketsPage pages through the shelves of all regions, one after the other.
func (w *world) bucketsPage(account, prefix, region string, from, size int) ([]Resource, int) {
	regions := AllRegions(w.partition)
	var found []Resource
	slot := from & (1<<regionShift - 1)
	for i := from >> regionShift; i < len(regions); i, slot = i+1, 0 {
		if region != "" && regions[i] != region {
			continue
		}
		part, next := w.page(account, Bucket, regions[i], slot, size-len(found), func(r *Resource) bool {
			return strings.HasPrefix(r.ID, prefix)
		})
		found = append(found, part...)
		if next >= 0 {
			return found, i<<regionShift | next
		}
	}
	return found, -1
}
