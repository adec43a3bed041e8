@_exported import SfumatoTraining
