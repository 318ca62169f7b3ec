package cloudcontrol

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretstypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// exists asks whether a resource exists whose id a listing once had.
func (r *reader) exists(ctx context.Context, t kind.Target, id string) (bool, error) {
	if ask := ownQuestion[r.of.short()]; ask != nil {
		return ask(ctx, t, id)
	}
	region, err := r.regionFor(ctx, t, id)
	if err != nil {
		return false, err
	}
	_, err = get(ctx, kind.ClientOf[*cloudcontrol.Client](t), r.of, id, region)
	if isGone(err) {
		return false, nil
	}
	return err == nil, err
}

// ownQuestion asks the service itself about a resource of a type that Cloud Control reads only
// together with its secret, which no role is granted. The names are without AWS::.
var ownQuestion = map[string]func(ctx context.Context, t kind.Target, id string) (exists bool, err error){
	"SSM::Parameter":         parameterExists,
	"SecretsManager::Secret": secretExists,
}

// parameterExists lists the parameters of one name, to the end: a page may be empty and not the
// last.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
func parameterExists(ctx context.Context, t kind.Target, name string) (bool, error) {
	pages := ssm.NewDescribeParametersPaginator(ssm.NewFromConfig(t.Config), &ssm.DescribeParametersInput{
		ParameterFilters: []ssmtypes.ParameterStringFilter{{Key: aws.String("Name"), Option: aws.String("Equals"), Values: []string{name}}},
	})
	for page, err := range kind.Walk(ctx, pages, kind.Objects("Parameters", "Name")) {
		if err != nil {
			return false, awserr.New("ssm:DescribeParameters", err)
		}
		if len(page) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// secretExists describes a secret. AWS keeps a secret that was deleted for some days, in no list,
// so that it can be restored, and says when it was deleted.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
func secretExists(ctx context.Context, t kind.Target, arn string) (bool, error) {
	secret, err := secretsmanager.NewFromConfig(t.Config).DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(arn)})
	switch {
	case errors.As(err, new(*secretstypes.ResourceNotFoundException)):
		return false, nil
	case err != nil:
		return false, awserr.New("secretsmanager:DescribeSecret", err)
	}
	return secret.DeletedDate == nil, nil
}
