package call

import (
	"context"
	"errors"
	"log/slog"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"portolan/internal/aws/awserr"
)

// logCall logs a call at debug: what it was and how it ended, never what it carried.
func (g *Gate) logCall(ctx context.Context, account string, took time.Duration, metadata middleware.Metadata, err error) {
	if !g.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("service", awsmiddleware.GetServiceID(ctx)), slog.String("operation", awsmiddleware.GetOperationName(ctx)),
		slog.String("account", account), slog.String("region", awsmiddleware.GetRegion(ctx)),
		slog.Int64("ms", took.Milliseconds()), slog.Int("status", statusOf(metadata, err)),
	}
	if err != nil {
		attrs = append(attrs, slog.String("outcome", string(awserr.ClassOf(err))))
	}
	g.log.LogAttrs(ctx, slog.LevelDebug, "AWS call", attrs...)
}

// statusOf returns the status of the last answer, 0 if there was none.
func statusOf(metadata middleware.Metadata, err error) int {
	var refused *smithyhttp.ResponseError
	if errors.As(err, &refused) {
		return refused.HTTPStatusCode()
	}
	if response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response); ok {
		return response.StatusCode
	}
	return 0
}
