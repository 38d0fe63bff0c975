'use strict'

const { DynamoDBClient } = require('@aws-sdk/client-dynamodb')
const express = require('express')

const app = express()
const client = new DynamoDBClient({})

exports.handler = async () => ({ statusCode: 200, body: `${typeof app}, ${typeof client}` })
