package cloudcontrol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"portolan/internal/aws/awserr"
)

// DescribeAction is the permission to ask AWS about a type that the table lacks.
const DescribeAction = "cloudformation:DescribeType"

// described has the types that AWS told of, by name. Nobody forgets them: they are few, and a
// type does not change while a program runs.
var described sync.Map

var typeName = regexp.MustCompile(`^[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}$`)

// IsTypeName says whether a name has the form of a resource type's, AWS::IAM::Role.
func IsTypeName(name string) bool { return typeName.MatchString(name) }

// maxDescribed is how many types AWS is asked about.
const maxDescribed = 100

// Describe asks AWS about types that the table lacks, so that Lookup and Resolve know them from
// then on. A type that AWS does not know stays unknown, which is no error. The error joins those
// of the types that could not be asked about.
func Describe(ctx context.Context, config aws.Config, names []string) error {
	client := cloudformation.NewFromConfig(config)
	var errs []error
	for _, name := range names[:min(len(names), maxDescribed)] {
		if _, known := Lookup(name); known || !IsTypeName(name) {
			continue
		}
		answer, err := client.DescribeType(ctx, &cloudformation.DescribeTypeInput{Type: types.RegistryTypeResource, TypeName: aws.String(name)})
		switch {
		case errors.As(err, new(*types.TypeNotFoundException)):
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", name, awserr.New(DescribeAction, err)))
		default:
			of, err := fromSchema(name, aws.ToString(answer.Schema))
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
				continue
			}
			if answer.ProvisioningType == types.ProvisioningTypeNonProvisionable {
				of.List, of.Read = "no", false
			}
			described.Store(name, of)
		}
	}
	return errors.Join(errs...)
}

// handler is what a schema says of a handler.
type handler struct {
	Permissions   []string `json:"permissions"`
	HandlerSchema struct {
		Required []string `json:"required"`
	} `json:"handlerSchema"`
}

// fromSchema makes a type of the schema that AWS has of it.
// https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
func fromSchema(name, text string) (Type, error) {
	var schema struct {
		PrimaryIdentifier []string `json:"primaryIdentifier"`
		Handlers          struct {
			List, Read *handler
		} `json:"handlers"`
	}
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		return Type{}, fmt.Errorf("AWS's schema of the type cannot be read: %w", err)
	}
	of := Type{Name: name, List: "no", Scope: "regional", Regions: "new"}
	for _, path := range schema.PrimaryIdentifier {
		of.Identifier = append(of.Identifier, strings.TrimPrefix(path, "/properties/"))
	}
	if list := schema.Handlers.List; list != nil {
		of.List, of.ListActions = "yes", list.Permissions
		if required := list.HandlerSchema.Required; len(required) > 0 {
			of.List = "parent:" + strings.Join(required, ",")
		}
	}
	if read := schema.Handlers.Read; read != nil {
		of.Read, of.ReadActions = true, read.Permissions
	}
	slices.Sort(of.ListActions)
	slices.Sort(of.ReadActions)
	return of, nil
}
