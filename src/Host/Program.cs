return await Sluice.Host.Cli.CommandLine.Run(args);
