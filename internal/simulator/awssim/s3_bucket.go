package awssim

// theBucket finds the bucket that a call is about, if it is the caller's and the
// call went to its region. A bucket's location is told in us-east-1 too.
func (c *call) theBucket() (Resource, error) {
	name := bucketAsked(c)
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

func getBucketTagging(c *call) error {
	r, err := c.theBucket()
	if err != nil {
		return err
	}
	if len(r.Tags) == 0 {
		return refusal{status: 404, code: "NoSuchTagSet", extra: object{{"BucketName", r.ID}}}.saying("The TagSet does not exist")
	}
	return c.s3Reply("Tagging", object{{"TagSet", tagList(r.Tags, "Key", "Value")}})
}

// getBucketLocation tells a bucket's region; that of us-east-1 is nothing.
func getBucketLocation(c *call) error {
	r, err := c.theBucket()
	if err != nil {
		return err
	}
	location := r.Region
	if location == "us-east-1" {
		location = ""
	}
	c.out = append(c.out, "<LocationConstraint"+s3Namespace+">"+location+"</LocationConstraint>"...)
	return nil
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

// bucketConfiguration answers with one configuration of a bucket.
func bucketConfiguration(name, missing, message string) func(*call) error {
	return func(c *call) error {
		r, err := c.theBucket()
		if err != nil {
			return err
		}
		content, there := fields(bucketForm(&r).get(name))
		if !there {
			return refusal{status: 404, code: missing, extra: object{{"BucketName", r.ID}}}.saying("%s", message)
		}
		return c.s3Reply(name, content)
	}
}
