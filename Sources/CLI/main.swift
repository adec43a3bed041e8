import SfumatoCommandLine

SfumatoCommand.main()
