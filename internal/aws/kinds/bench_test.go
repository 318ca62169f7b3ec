package kinds_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// memory is an AWS without a network: it gives its pages in turn, and the last
// one without a token.
type memory struct {
	contentType string
	pages       [][]byte
	next        int
}

func (m *memory) RoundTrip(request *http.Request) (*http.Response, error) {
	page := m.pages[m.next]
	m.next++
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {m.contentType}}, Request: request,
		Body: io.NopCloser(bytes.NewReader(page)), ContentLength: int64(len(page)), ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// newMemory returns a page for each token that leads to the next one; the last has none.
func newMemory(contentType string, pages int, page func(token string) string) *memory {
	m := &memory{contentType: contentType}
	for i := range pages - 1 {
		m.pages = append(m.pages, []byte(page(fmt.Sprint("page-", i+2))))
	}
	m.pages = append(m.pages, []byte(page("")))
	return m
}

// thousand is a thousand resources in pages.
type thousand struct {
	name string
	kind *kind.Kind
	aws  *memory
}

// thousands are those of one service that answers JSON and of one that answers XML.
func thousands() []thousand {
	function := `{"FunctionName":"resize","FunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:resize","Runtime":"nodejs22.x",` +
		`"Role":"arn:aws:iam::111122223333:role/resize","Handler":"index.handler","CodeSize":1024,"Description":"","Timeout":3,` +
		`"MemorySize":128,"LastModified":"2025-01-02T03:04:05.000+0000","Version":"$LATEST","VpcConfig":{"SubnetIds":["subnet-1"],` +
		`"SecurityGroupIds":["sg-1"],"VpcId":"vpc-1"},"Environment":{"Variables":{"STAGE":"prod"}},"KMSKeyArn":null,"Layers":[],` +
		`"PackageType":"Zip","Architectures":["arm64"],"EphemeralStorage":{"Size":512},"LoggingConfig":{"LogFormat":"Text"}}`
	instance := `<item><instanceId>i-1</instanceId><imageId>ami-1</imageId><instanceState><code>16</code><name>running</name></instanceState>` +
		`<instanceType>t3.micro</instanceType><launchTime>2025-01-02T03:04:05.000Z</launchTime><placement><availabilityZone>us-east-1a` +
		`</availabilityZone><tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring><subnetId>subnet-1</subnetId>` +
		`<vpcId>vpc-1</vpcId><privateIpAddress>10.0.0.1</privateIpAddress><ebsOptimized>false</ebsOptimized><amiLaunchIndex>0</amiLaunchIndex>` +
		`<groupSet><item><groupId>sg-1</groupId><groupName>web</groupName></item></groupSet><blockDeviceMapping><item><deviceName>/dev/xvda` +
		`</deviceName><ebs><volumeId>vol-1</volumeId><status>attached</status><attachTime>2025-01-02T03:04:06.000Z</attachTime>` +
		`<deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping><tagSet><item><key>Name</key><value>web</value></item></tagSet></item>`
	return []thousand{
		{"JSON", kinds.LambdaFunction, newMemory("application/json", 20, func(token string) string {
			marker := strconv.Quote(token)
			if token == "" {
				marker = "null"
			}
			return `{"Functions":[` + strings.Repeat(function+",", 49) + function + `],"NextMarker":` + marker + `}`
		})},
		{"XML", kinds.EC2Instance, newMemory("text/xml", 4, func(token string) string {
			if token != "" {
				token = "<nextToken>" + token + "</nextToken>"
			}
			return fmt.Sprintf("<DescribeInstancesResponse><reservationSet><item><reservationId>r-1</reservationId><instancesSet>%s</instancesSet></item></reservationSet>%s</DescribeInstancesResponse>",
				strings.Repeat(instance, 250), token)
		})},
	}
}

// read reads the resources, and counts the documents.
func (m thousand) read(t testing.TB) (documents int) {
	t.Helper()
	target := kind.Target{Account: "111122223333", Region: "us-east-1", Partition: "aws", Config: aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: m.aws},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
	}}
	m.aws.next = 0
	for _, err := range m.kind.Read(t.Context(), target, kind.Options{Parallel: 4, Budget: kind.NewRoom(1000)}) {
		if err != nil {
			t.Fatal(err)
		}
		documents++
	}
	return documents
}

// BenchmarkRead reads a thousand resources.
func BenchmarkRead(b *testing.B) {
	for _, m := range thousands() {
		b.Run(m.name, func(b *testing.B) {
			b.ReportAllocs()
			documents := 0
			for b.Loop() {
				documents += m.read(b)
			}
			if documents != 1000*b.N {
				b.Fatalf("%d documents of %d", documents, 1000*b.N)
			}
			b.ReportMetric(float64(documents)/b.Elapsed().Seconds(), "documents/s")
		})
	}
}

// TestReadAllocates bounds what a document costs from the answer on, the SDK's part included:
// of the instance, that is most.
func TestReadAllocates(t *testing.T) {
	most := map[string]float64{"JSON": 110, "XML": 375}
	for _, m := range thousands() {
		if got := testing.AllocsPerRun(3, func() { m.read(t) }) / 1000; got > most[m.name] {
			t.Errorf("%s: a document takes %.1f allocations, and may take %g", m.name, got, most[m.name])
		}
	}
}
