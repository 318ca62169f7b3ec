package cloudcontrol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// FormOf says which form documents have that an entry of a mapping wants of a kind: Native or
// Generic for those of a native kind, Special for those of Ocean's older integration.
func FormOf(k *kind.Kind, w Want) Source {
	_, source := Resolve(k.Type)
	if source == Generic {
		return Generic
	}
	switch formsOf(k).wanted(w) {
	case formAction:
		return Generic
	case flatAction:
		return Special
	}
	return source
}

// Withholds says whether a property of a kind is left out of documents because it may hold a
// secret, unless a selector names it. What the name alone does not tell, the value may.
func Withholds(kind, property string) bool {
	return withholds(strings.TrimPrefix(kind, "AWS::"), property, "")
}

// Schema is what AWS's schema of a type says of its properties.
type Schema struct {
	// Properties are those at the top; WriteOnly those of them that are never answered.
	Properties, WriteOnly []string
}

// Schemas asks AWS for the schemas of types, in the region of the configuration. The error of a
// type is in errs.
func Schemas(ctx context.Context, config aws.Config, names []string) (schemas map[string]Schema, errs map[string]error) {
	client := cloudformation.NewFromConfig(config)
	schemas, errs = map[string]Schema{}, map[string]error{}
	for _, name := range names[:min(len(names), maxDescribed)] {
		answer, err := client.DescribeType(ctx, &cloudformation.DescribeTypeInput{Type: types.RegistryTypeResource, TypeName: aws.String(name)})
		if err == nil {
			schemas[name], err = schemaOf(aws.ToString(answer.Schema))
		}
		if err != nil {
			delete(schemas, name)
			errs[name] = awserr.New(DescribeAction, err)
		}
	}
	return schemas, errs
}

// schemaOf reads a schema.
// https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
func schemaOf(text string) (Schema, error) {
	var schema struct {
		Properties          map[string]json.RawMessage `json:"properties"`
		WriteOnlyProperties []string                   `json:"writeOnlyProperties"`
	}
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		return Schema{}, fmt.Errorf("AWS's schema of the type cannot be read: %w", err)
	}
	if len(schema.Properties) == 0 {
		return Schema{}, errors.New("AWS's schema of the type has no properties")
	}
	s := Schema{Properties: slices.Sorted(maps.Keys(schema.Properties))}
	for _, path := range schema.WriteOnlyProperties {
		if name, ok := strings.CutPrefix(path, "/properties/"); ok && !strings.Contains(name, "/") {
			s.WriteOnly = append(s.WriteOnly, name)
		}
	}
	return s, nil
}
