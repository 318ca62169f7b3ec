package operate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"portolan/internal/plain"
	"portolan/internal/port"
	"portolan/internal/secret"
	"portolan/internal/settings"
)

const (
	// europe is where Port is unless the function's settings name another place.
	europe = "https://api.getport.io"
	// baseURLVariable is the function's setting that does.
	baseURLVariable = "OCEAN__PORT__BASE_URL"
	// checkTime is how long Port has to answer for credentials.
	checkTime = 20 * time.Second
	// maxInput is far more than two credentials need.
	maxInput = 64 << 10
)

// credentials are Port's.
type credentials struct{ id, secret secret.Text }

func (p *Program) secretCommand() *cobra.Command {
	var (
		unchecked bool
		baseURL   string
	)
	c := &cobra.Command{
		Use: "secret", Short: "Put Port's credentials into the installation's secret", Args: cobra.NoArgs,
		Long: "Put Port's credentials into the installation's secret.\n\nOn a terminal it asks for them, and shows nothing of what is typed. Elsewhere it\n" +
			`reads standard input: the client id and the client secret on a line each, or` + "\n" +
			`{"PORT_CLIENT_ID":"…","PORT_CLIENT_SECRET":"…"}.`,
	}
	c.Flags().BoolVar(&unchecked, "no-check", false, "do not ask Port whether it accepts them")
	c.Flags().StringVar(&baseURL, "port-url", "", "Port's API; by default what the function's settings say")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if baseURL != "" {
			checked, err := settings.PortURL(baseURL)
			if err != nil {
				return fmt.Errorf("--port-url is %s; it should be %w", settings.Show(baseURLVariable, baseURL), err)
			}
			baseURL = checked
		}
		ctx := c.Context()
		config, err := p.config(ctx)
		if err != nil {
			return err
		}
		// Check this before anybody types secrets.
		arn, err := p.output(ctx, config, outputSecret)
		if err != nil {
			return err
		}
		if baseURL == "" && !unchecked {
			if baseURL, err = p.portURL(ctx, config); err != nil {
				return err
			}
		}
		given, err := p.readCredentials(ctx)
		if err != nil {
			return err
		}
		if !unchecked {
			if err := p.check(ctx, baseURL, given); err != nil {
				return err
			}
		}
		return p.put(ctx, config, arn, given)
	}
	return c
}

// portURL asks the function where its Port is.
func (p *Program) portURL(ctx context.Context, config aws.Config) (string, error) {
	name, err := p.output(ctx, config, outputFunction)
	if err != nil {
		return "", err
	}
	function, err := lambda.NewFromConfig(config).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return "", fmt.Errorf("where is Port? %w; or give --port-url, or --no-check", refused("lambda:GetFunctionConfiguration", err))
	}
	if function.Environment == nil || function.Environment.Variables[baseURLVariable] == "" {
		return europe, nil
	}
	checked, err := settings.PortURL(function.Environment.Variables[baseURLVariable])
	if err != nil {
		return "", fmt.Errorf("%s of %s should be %w", baseURLVariable, name, err)
	}
	return checked, nil
}

func (p *Program) readCredentials(ctx context.Context) (credentials, error) {
	if file, ok := terminal(p.In); ok {
		return p.askCredentials(ctx, file)
	}
	text, err := io.ReadAll(io.LimitReader(p.In, maxInput+1))
	switch {
	case err != nil:
		return credentials{}, fmt.Errorf("read standard input: %w", err)
	case len(text) > maxInput:
		return credentials{}, errors.New("standard input is too long to be Port's credentials")
	}
	return parseCredentials(string(text))
}

// parseCredentials takes two lines, or the JSON that the secret holds.
func parseCredentials(text string) (credentials, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		id, secret, err := settings.ParseCredentials(text)
		if err != nil {
			return credentials{}, fmt.Errorf(`standard input: %w; it should be {"PORT_CLIENT_ID":"…","PORT_CLIENT_SECRET":"…"}`, err)
		}
		return credentials{id, secret}, nil
	}
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) != 2 {
		return credentials{}, fmt.Errorf("standard input has %s; it should be the client id and the client secret, on a line each", plain.Count(len(lines), "line", "lines"))
	}
	return credentials{secret.Text(strings.TrimSpace(lines[0])), secret.Text(strings.TrimSpace(lines[1]))}, nil
}

// askCredentials asks on a terminal, which does not show the answers, starting before the first
// question.
func (p *Program) askCredentials(ctx context.Context, file *os.File) (credentials, error) {
	before, err := term.MakeRaw(int(file.Fd()))
	if err != nil {
		return credentials{}, fmt.Errorf("the terminal: %w", err)
	}
	defer func() { _ = term.Restore(int(file.Fd()), before) }()
	screen := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{file, p.ErrOut}, "")
	var given credentials
	for _, ask := range []struct {
		name string
		into *secret.Text
	}{{"Port client id", &given.id}, {"Port client secret", &given.secret}} {
		if *ask.into, err = askHidden(ctx, screen, ask.name); err != nil {
			return credentials{}, fmt.Errorf("%w; nothing was changed", err)
		}
	}
	return given, nil
}

func askHidden(ctx context.Context, screen *term.Terminal, name string) (secret.Text, error) {
	type line struct {
		text string
		err  error
	}
	typed := make(chan line, 1)
	go func() {
		text, err := screen.ReadPassword(name + " (it is not shown): ")
		typed <- line{strings.TrimSpace(text), err}
	}()
	select {
	case got := <-typed:
		switch {
		case errors.Is(got.err, io.EOF): // Ctrl-C too: the terminal makes no signal of it
			return "", errors.New("it was told to stop")
		case got.err != nil:
			return "", fmt.Errorf("read the %s: %w", name, got.err)
		case got.text == "":
			return "", fmt.Errorf("the %s is empty", name)
		}
		return secret.Text(got.text), nil
	case <-ctx.Done():
		return "", errors.New("it was told to stop")
	}
}

// check asks Port for a token. If Port cannot be reached from here, the credentials may still be
// right.
func (p *Program) check(ctx context.Context, baseURL string, given credentials) error {
	client, err := port.New(port.Options{
		BaseURL: baseURL, Type: "aws-v3", Identifier: "operate",
		Credentials: func(context.Context) (string, string, error) {
			return given.id.Reveal(), given.secret.Reveal(), nil
		},
	})
	if err != nil {
		return err
	}
	defer client.Close()
	asking, cancel := context.WithTimeout(ctx, cmp.Or(p.checkTime, checkTime))
	defer cancel()
	err = client.Authenticate(asking)
	var wrong *port.CredentialsError
	switch {
	case err == nil:
		p.say("Port at %s accepts the credentials.", baseURL)
		return nil
	case errors.As(err, &wrong):
		return fmt.Errorf("nothing was changed: %w (Port is at %s; --port-url names another, --no-check asks nobody)", err, baseURL)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	p.say("! Port at %s could not be asked about the credentials, so they were stored unchecked: %v", baseURL, err)
	return nil
}

func (p *Program) put(ctx context.Context, config aws.Config, arn string, given credentials) error {
	text, err := json.Marshal(map[string]string{"PORT_CLIENT_ID": given.id.Reveal(), "PORT_CLIENT_SECRET": given.secret.Reveal()})
	if err != nil {
		return err
	}
	_, err = secretsmanager.NewFromConfig(config).PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: &arn, SecretString: aws.String(string(text)),
	})
	if err != nil {
		return refused("secretsmanager:PutSecretValue", err)
	}
	p.print("Port's credentials are in %s. The next run reads them; make plan tries them.", arn)
	return nil
}
