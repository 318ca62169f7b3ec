package operate_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/operate"
	"portolan/internal/simulator/portsim"
)

const portID, portSecret = "client-7f3a", "client-secret-8c1e"

// secretCloud is an installation with a function that uses the Port at a URL.
func secretCloud(t *testing.T, portURL string) *cloud {
	return newCloud(t, map[string]func(request) reply{
		"cloudformation:DescribeStacks": installed(),
		"lambda:GetFunctionConfiguration": func(request) reply {
			return ok(`{"FunctionName":"` + function + `","Environment":{"Variables":{"OCEAN__PORT__BASE_URL":"` + portURL + `"}}}`)
		},
		"secretsmanager:PutSecretValue": func(request) reply { return ok(`{"ARN":"` + secret + `"}`) },
	})
}

func startPort(t *testing.T) string {
	t.Helper()
	url, stop, err := portsim.New(portsim.Options{ClientID: portID, ClientSecret: portSecret}).Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	return url
}

func TestSecret(t *testing.T) {
	t.Parallel()
	port := startPort(t)
	const nowhere = "http://127.0.0.1:1"
	const pair = `{"PORT_CLIENT_ID":"` + portID + `","PORT_CLIENT_SECRET":"` + portSecret + `"}`
	tests := map[string]struct {
		port  string
		args  []string
		input string
		code  int
		says  []string
		put   bool
	}{
		"two lines":       {port, nil, portID + "\n" + portSecret + "\n", 0, []string{"accepts the credentials", "are in " + secret}, true},
		"Windows lines":   {port, nil, portID + "\r\n" + portSecret + "\r\n", 0, nil, true},
		"JSON":            {port, nil, pair, 0, nil, true},
		"refused by Port": {port, nil, portID + "\nclient-secret-wrong\n", 1, []string{"nothing was changed", "check PORT_CLIENT_ID"}, false},
		"not checked":     {nowhere, []string{"--no-check"}, pair, 0, nil, true},
		"another Port":    {nowhere, []string{"--port-url", port}, pair, 0, []string{"Port at " + port + " accepts the credentials"}, true},
		"a Port without TLS": {port, []string{"--port-url", "http://api.getport.io"}, pair, 2,
			[]string{`--port-url is "http://api.getport.io"; it should be a URL that begins with https://`}, false},
		"one line":       {port, nil, portSecret, 1, []string{"standard input has 1 line; it should be the client id and the client secret"}, false},
		"nothing":        {port, nil, "", 1, []string{"standard input has 0 lines"}, false},
		"a key too few":  {port, nil, `{"PORT_CLIENT_ID":"` + portID + `"}`, 1, []string{"the secret has no key PORT_CLIENT_SECRET"}, false},
		"no end":         {port, nil, strings.Repeat("x", 1<<17), 1, []string{"too long"}, false},
		"as an argument": {port, []string{portSecret}, "", 2, nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := secretCloud(t, test.port)
			got := c.operate(test.input, append([]string{"secret"}, test.args...)...)
			got.says(t, test.code, test.says...)
			for _, value := range []string{portSecret, portID, "client-secret-wrong"} {
				if strings.Contains(got.text(), value) && name != "as an argument" {
					t.Errorf("it shows %s", value)
				}
			}
			if put := strings.Contains(strings.Join(c.made(), " "), "PutSecretValue"); put != test.put {
				t.Fatalf("calls: %v", c.made())
			}
			if !test.put {
				return
			}
			sent := c.last().JSON
			if sent["ClientRequestToken"] == "" {
				t.Error("a repeated call would make a second version")
			}
			delete(sent, "ClientRequestToken")
			if diff := cmp.Diff(map[string]any{"SecretId": secret, "SecretString": pair}, sent); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSecretWherePortCannotBeReached(t *testing.T) {
	t.Parallel()
	c := secretCloud(t, "http://127.0.0.1:1")
	program := &operate.Program{In: strings.NewReader(portID + "\n" + portSecret)}
	program.Hurry()
	c.run(t.Context(), program, []string{"secret"}).says(t, 0, "! Port at http://127.0.0.1:1 could not be asked", "are in "+secret)
}

func TestSecretThatAWSRefuses(t *testing.T) {
	t.Parallel()
	denied := jsonError("AccessDeniedException", "User: x is not authorized to perform this")
	tests := map[string]struct {
		call   string
		answer func(request) reply
		says   string
	}{
		"no stack":               {"cloudformation:DescribeStacks", stacks(nil), "there is no stack Portolan in eu-west-1 of this account; make deploy creates it"},
		"a stack without one":    {"cloudformation:DescribeStacks", stacks(map[string]map[string]string{"Portolan": {}}), "the stack Portolan (CREATE_COMPLETE) has no output SecretArn"},
		"no stacks to be seen":   {"cloudformation:DescribeStacks", queryError("AccessDenied", "no"), "allow cloudformation:DescribeStacks to the identity"},
		"credentials that ended": {"cloudformation:DescribeStacks", queryError("ExpiredToken", "it expired"), "log in to AWS again"},
		"no look at settings":    {"lambda:GetFunctionConfiguration", denied, "allow lambda:GetFunctionConfiguration to the identity that you are logged in as; or give --port-url"},
		"no write":               {"secretsmanager:PutSecretValue", denied, "allow secretsmanager:PutSecretValue"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := secretCloud(t, startPort(t))
			c.answers[test.call] = test.answer
			c.operate(portID+"\n"+portSecret, "secret").says(t, 1, test.says)
		})
	}
}

// TestSecretAtATerminal types at a real terminal, and reads what it shows.
func TestSecretAtATerminal(t *testing.T) {
	t.Parallel()
	c := secretCloud(t, startPort(t))
	got := atTerminal(t, c, t.Context(), portID+"\r", portSecret+"\r")
	got.says(t, 0, "Port client id (it is not shown):", "Port client secret", "accepts the credentials", "are in "+secret)
	if strings.Contains(got.text(), portSecret) || strings.Contains(got.text(), portID) {
		t.Errorf("the terminal shows what was typed: %q", got.text())
	}
}

func TestSecretAtATerminalIsEmpty(t *testing.T) {
	t.Parallel()
	c := secretCloud(t, startPort(t))
	atTerminal(t, c, t.Context(), "\r").says(t, 1, "the Port client id is empty; nothing was changed")
}

func TestSecretAtATerminalIsStopped(t *testing.T) {
	t.Parallel()
	c := secretCloud(t, startPort(t))
	ctx, stop := context.WithCancel(t.Context())
	c.answers["lambda:GetFunctionConfiguration"] = func(request) reply {
		return ok(`{"FunctionName":"` + function + `"}`)
	}
	got := atTerminal(t, c, ctx, stop)
	got.says(t, 1, "it was told to stop; nothing was changed")
	if strings.Contains(strings.Join(c.made(), " "), "PutSecretValue") {
		t.Errorf("calls: %v", c.made())
	}
}

func TestSecretAtATerminalWithControlC(t *testing.T) {
	t.Parallel()
	c := secretCloud(t, startPort(t))
	atTerminal(t, c, t.Context(), portID+"\r", "client-sec\x03").says(t, 1, "it was told to stop; nothing was changed")
}

// atTerminal runs the command secret at a terminal. After each question comes the next
// of the answers: text that is typed, or something that is done.
func atTerminal(t *testing.T, c *cloud, ctx context.Context, answers ...any) outcome {
	t.Helper()
	screen, keyboard, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		chunk := make([]byte, 1024)
		for {
			n, err := screen.Read(chunk)
			shown.Write(chunk[:n])
			if err != nil {
				return
			}
			if len(answers) == 0 || !bytes.HasSuffix(shown.Bytes(), []byte("shown): ")) {
				continue
			}
			switch answer := answers[0].(type) {
			case string:
				_, _ = io.WriteString(screen, answer)
			case context.CancelFunc:
				answer()
			}
			answers = answers[1:]
		}
	}()
	program := operate.Program{Load: c.config, In: keyboard, Out: keyboard, ErrOut: keyboard}
	code := program.Run(ctx, []string{"secret"})
	if stopped := ctx.Err() != nil; stopped {
		// The reading that was given up ends with its terminal.
		_, _ = io.WriteString(screen, "\n")
	}
	_ = keyboard.Close()
	<-read
	_ = screen.Close()
	return outcome{code: code, out: shown.String()}
}

func TestSecretOfAFunctionWithoutSettings(t *testing.T) {
	t.Parallel()
	c := secretCloud(t, "ftp://x")
	c.operate(portID+"\n"+portSecret, "secret").says(t, 1, "OCEAN__PORT__BASE_URL of "+function+" should be a URL")
}
