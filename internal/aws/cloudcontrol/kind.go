package cloudcontrol

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/kind"
)

// Kind returns the declaration of a type that is read through Cloud Control; nil if there is
// no way to read it.
func Kind(name string) *kind.Kind {
	of, known := Lookup(name)
	if !known || !of.Listable() {
		return nil
	}
	k := &kind.Kind{
		Type: name, Service: "cloudformation", OfferedAs: "cloudcontrolapi",
		Client: kind.Client(cloudcontrol.NewFromConfig),
		List: kind.Listing{
			Name: "ListResourcesAction", Actions: []string{listAction}, PageSize: 100, NamesOnly: true,
			Pages: kind.Paged(func(c *cloudcontrol.Client) *cloudcontrol.ListResourcesPaginator {
				return cloudcontrol.NewListResourcesPaginator(c, &cloudcontrol.ListResourcesInput{TypeName: aws.String(name)})
			}, described),
		},
		Default: []kind.FollowUp{{
			Name: "GetResourceAction", Actions: []string{readAction}, Essential: true,
			Gone: []string{"ResourceNotFoundException"},
			Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
				got, err := kind.Answer(kind.ClientOf[*cloudcontrol.Client](t).GetResource(ctx, &cloudcontrol.GetResourceInput{
					TypeName: aws.String(name), Identifier: aws.String(r.ID),
				}))
				if err != nil {
					return nil, err
				}
				description, _ := got["ResourceDescription"].(kind.Object)
				return model(description)
			}),
		}},
		Behind:   of.Permissions(),
		Events:   of.events(),
		Document: kind.Form{Open: true, Finish: finish},
	}
	if strings.HasPrefix(of.Scope, "global") {
		k.Scope = kind.Global
	}
	return k
}

// described takes the resources out of a page of ListResources.
func described(page kind.Object) []*kind.Resource {
	resources := kind.Objects("ResourceDescriptions", "Identifier")(page)
	for _, r := range resources {
		properties, err := model(r.Properties)
		if err != nil || properties == nil {
			properties = kind.Object{} // the read decides
		}
		r.Properties = properties
	}
	return resources
}

// model decodes the properties of a ResourceDescription, a text with an object in JSON.
func model(description kind.Object) (kind.Object, error) {
	text, ok := description["Properties"].(string)
	if !ok {
		return nil, nil
	}
	properties, err := answer.Decode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("the resource's properties are not an object in JSON: %w", err)
	}
	return properties, nil
}

// finish makes the document what mappings of either integration expect.
func finish(t kind.Target, r *kind.Resource, document kind.Object) {
	document["Identifier"] = r.ID
	document["__ExtraContext"] = kind.Object{"AccountId": t.Account, "Region": t.Region}
	document["__Kind"], document["__AccountId"], document["__Region"] = document["Type"], t.Account, t.Region
}
